/**
 * Weekly opening hours as a form writes them and as a grid paints them. Pure.
 *
 * A band is open on its weekdays from start to end; an end at or before the start lies on the next day, so
 * 22:00–06:00 is a night and 00:00–00:00 a whole day. Between the two forms stand minutes of the week, per
 * tier, Monday 00:00 being 0.
 */
export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Band {
  weekdays: Weekday[];
  start: string;
  end: string;
  tiers: string[];
  /** What lies in it does not count towards the longest booking; left out where it does. */
  off_peak?: true;
}

export type Stretch = readonly [from: number, to: number];
/** Per tier: sorted stretches that neither touch nor overlap. */
export type Hours = ReadonlyMap<string, readonly Stretch[]>;

export const DAY = 1440;
const WEEK = 7 * DAY;

export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
export function clock(minutes: number): string {
  const inDay = minutes % DAY;
  return `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
}

export function hoursOf(bands: readonly Band[], tiers: readonly string[]): Hours {
  let hours: Hours = new Map(tiers.map((tier) => [tier, []]));
  for (const band of bands) {
    for (const weekday of band.weekdays) {
      const from = WEEKDAYS.indexOf(weekday) * DAY + minutesOf(band.start);
      const length = (minutesOf(band.end) - minutesOf(band.start) + DAY) % DAY || DAY;
      hours = paint(hours, band.tiers, from, from + length, true);
    }
  }
  return hours;
}

/** Opens or closes [from, to) for some tiers; what runs past Sunday goes on on Monday. */
export function paint(hours: Hours, tiers: readonly string[], from: number, to: number, open: boolean): Hours {
  const pieces: Stretch[] = to > WEEK ? [[from, WEEK], [0, to - WEEK]] : [[from, to]];
  return new Map(
    [...hours].map(([tier, stretches]) => {
      if (!tiers.includes(tier)) return [tier, stretches];
      return [tier, pieces.reduce((all, piece) => (open ? add(all, piece) : remove(all, piece)), stretches)];
    }),
  );
}

/** What is open and not in the others. */
export const without = (hours: Hours, others: Hours): Hours =>
  new Map([...hours].map(([tier, stretches]) => [tier, (others.get(tier) ?? []).reduce<readonly Stretch[]>(remove, stretches)]));

function add(stretches: readonly Stretch[], [from, to]: Stretch): Stretch[] {
  const apart = stretches.filter(([start, end]) => end < from || start > to);
  const joined = stretches.filter(([start, end]) => end >= from && start <= to);
  const merged: Stretch = [Math.min(from, ...joined.map(([start]) => start)), Math.max(to, ...joined.map(([, end]) => end))];
  return [...apart, merged].sort(([one], [other]) => one - other);
}

function remove(stretches: readonly Stretch[], [from, to]: Stretch): readonly Stretch[] {
  return stretches.flatMap(([start, end]): Stretch[] => {
    if (end <= from || start >= to) return [[start, end]];
    const rest: Stretch[] = [[start, Math.min(end, from)], [Math.max(start, to), end]];
    return rest.filter(([a, b]) => a < b);
  });
}

/** The tiers open during all of [from, to). */
export const tiersOpen = (hours: Hours, from: number, to: number): string[] =>
  [...hours].filter(([, stretches]) => stretches.some(([start, end]) => start <= from && end >= to)).map(([tier]) => tier);

interface Piece {
  from: number;
  to: number;
  tiers: string[];
}

/** The fewest bands a person would write: equal days together, a night as one band. */
export function bandsOf(hours: Hours): Band[] {
  const bands = new Map<string, Band>();
  for (const { from, to, tiers } of nightsJoined(piecesOf(hours))) {
    const key = `${clock(from)}|${clock(to)}|${tiers.join()}`;
    const band = bands.get(key) ?? { weekdays: [], start: clock(from), end: clock(to), tiers };
    band.weekdays.push(WEEKDAYS[Math.floor(from / DAY)] ?? "MO");
    bands.set(key, band);
  }
  return [...bands.values()];
}

/** Stretches of one day with one set of tiers, in order. */
function piecesOf(hours: Hours): Piece[] {
  const midnights = Array.from({ length: 8 }, (_, day) => day * DAY);
  const edges = [...new Set([...midnights, ...[...hours.values()].flat(2)])].sort((one, other) => one - other);
  const pieces: Piece[] = [];
  edges.slice(0, -1).forEach((from, index) => {
    const to = edges[index + 1] ?? from;
    const tiers = tiersOpen(hours, from, to);
    const last = pieces.at(-1);
    if (tiers.length === 0) return;
    if (last?.to === from && from % DAY !== 0 && last.tiers.join() === tiers.join()) last.to = to;
    else pieces.push({ from, to, tiers });
  });
  return pieces;
}

/** An evening up to midnight and the morning after it are one band, if together they stay under a day. */
function nightsJoined(pieces: Piece[]): Piece[] {
  const mornings = new Map(pieces.filter(({ from, to }) => from % DAY === 0 && to % DAY !== 0).map((piece) => [piece.from, piece]));
  const used = new Set<Piece>();
  const evenings = pieces.map((piece) => {
    const morning = mornings.get(piece.to % WEEK);
    const night = morning && piece.from % DAY !== 0 && piece.to % DAY === 0 && morning.to % DAY <= piece.from % DAY;
    if (!night || morning.tiers.join() !== piece.tiers.join()) return piece;
    used.add(morning);
    return { ...piece, to: piece.to + (morning.to % DAY) };
  });
  return evenings.filter((piece) => !used.has(piece));
}

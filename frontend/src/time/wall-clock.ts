/**
 * Wall-clock time of an instrument, as text: "2026-03-29" and "2026-03-29T09:00".
 *
 * The API speaks instants with the instrument's offset; people and the calendar speak its wall clock. The
 * browser's own zone never enters: a viewer in Shanghai sees a London instrument in London time.
 */
const MINUTE = 60_000;

/** "2026-03-29T09:00:00+01:00" → "2026-03-29T09:00", by the offset that the server wrote. */
export const wallOf = (instant: string): string => instant.slice(0, 16);
export const dateOf = (wall: string): string => wall.slice(0, 10);
export const timeOf = (wall: string): string => wall.slice(11, 16);

/** Milliseconds of a wall clock as if it were UTC: good for comparing and adding within one zone. */
export const wallValue = (wall: string): number => Date.parse(`${wall.length === 10 ? `${wall}T00:00` : wall}Z`);
export const wallFrom = (value: number): string => new Date(value).toISOString().slice(0, 16);

export const addDays = (date: string, days: number): string => dateOf(wallFrom(wallValue(date) + days * 1440 * MINUTE));

/** The Monday of a date's week. */
export function mondayOf(date: string): string {
  const weekday = (new Date(wallValue(date)).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

/** What a zone's clock shows at an instant (milliseconds). */
export function wallIn(zone: string, instant: number): string {
  const options = {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  } as const;
  const parts = new Intl.DateTimeFormat("en", options).formatToParts(instant);
  const get = (type: string): string => parts.find((piece) => piece.type === type)?.value ?? "00";
  return `${get("year").padStart(4, "0")}-${get("month")}-${get("day")}T${get("hour")}:${get("minute")}`;
}

const offsetAt = (zone: string, instant: number): number =>
  Math.round((wallValue(wallIn(zone, instant)) - Math.floor(instant / MINUTE) * MINUTE) / MINUTE);

function written(offset: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}

/**
 * A zone's wall clock as RFC 3339 with offset, for the API. An hour that occurs twice means the first of the
 * two; one that a change of clocks skips means the same distance after the change.
 */
export function instantOf(wall: string, zone: string): string {
  const asUtc = wallValue(wall);
  const before = offsetAt(zone, asUtc - 1440 * MINUTE);
  const first = asUtc - before * MINUTE;
  if (wallIn(zone, first) === wall) return `${wall}:00${written(before)}`;
  const after = offsetAt(zone, asUtc + 1440 * MINUTE);
  if (wallIn(zone, asUtc - after * MINUTE) === wall) return `${wall}:00${written(after)}`;
  const shown = wallIn(zone, first);
  return `${shown}:00${written(offsetAt(zone, first))}`;
}

/** The zone's offset now, "+08:00": the calendar draws its line for "now" by it. */
export const currentOffset = (zone: string): string => written(offsetAt(zone, Date.now()));

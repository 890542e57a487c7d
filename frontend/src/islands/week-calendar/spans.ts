/** Turns availability into what the grid shows. Pure, so that every case has a test. */
import { addDays, dateOf, timeOf, wallOf } from "../../time/wall-clock";
import type { Availability, Reservation, Span, Window } from "./types";

export const overlaps = (one: Window, other: Window): boolean => one.start < other.end && other.start < one.end;

const ENDED = new Set(["declined", "cancelled", "expired", "no_show"]);

/** Open hours, then what is busy; an own stretch carries its reservation, so that it can be moved. */
export function spansOf(availability: Availability, reservations: readonly Reservation[]): Span[] {
  const live = reservations.filter(({ status }) => !ENDED.has(status));
  const byWindow = new Map(live.map((row) => [`${wallOf(row.start)}|${wallOf(row.end)}`, row]));
  const open = availability.open.map(([start, end]): Span => ({ start: wallOf(start), end: wallOf(end), kind: "open" }));
  const busy = availability.busy.map(([from, until, kind]): Span => {
    const window = { start: wallOf(from), end: wallOf(until) };
    const reservation = kind === "own" ? byWindow.get(`${window.start}|${window.end}`) : undefined;
    return reservation ? { ...window, kind, reservation } : { ...window, kind };
  });
  return [...open, ...busy];
}

/** What is not open on the days [from, to), each day by itself: drawn, so that the open hours stay plain. */
export function closedSpans(spans: readonly Span[], from: string, to: string): Span[] {
  const open = spans.filter(({ kind }) => kind === "open").sort((one, other) => (one.start < other.start ? -1 : 1));
  const closed: Span[] = [];
  for (let date = from; date < to; date = addDays(date, 1)) {
    const end = `${addDays(date, 1)}T00:00`;
    let cursor = `${date}T00:00`;
    for (const window of open) {
      if (window.end <= cursor || window.start >= end) continue;
      if (window.start > cursor) closed.push({ start: cursor, end: window.start, kind: "closed" });
      cursor = window.end;
    }
    if (cursor < end) closed.push({ start: cursor, end, kind: "closed" });
  }
  return closed;
}

/** What lies before `now` on the days [from, to), each day by itself: nobody can book it. */
export function pastSpans(now: string, from: string, to: string): Span[] {
  const past: Span[] = [];
  for (let date = from; date < to && date <= dateOf(now); date = addDays(date, 1)) {
    const midnight = `${addDays(date, 1)}T00:00`;
    past.push({ start: `${date}T00:00`, end: midnight < now ? midnight : now, kind: "past" });
  }
  return past.filter(({ start, end }) => start < end);
}

/** The hours worth showing: whole hours around everything, at least eight to six. */
export function shownHours(spans: readonly Span[]): { from: number; to: number } {
  let from = 8;
  let to = 18;
  for (const { start, end } of spans) {
    if (dateOf(start) !== dateOf(end) && timeOf(end) !== "00:00") return { from: 0, to: 24 };
    from = Math.min(from, Number(start.slice(11, 13)));
    to = Math.max(to, timeOf(end) === "00:00" ? 24 : Math.ceil(hours(timeOf(end))));
  }
  return { from, to };
}

const hours = (time: string): number => Number(time.slice(0, 2)) + Number(time.slice(3)) / 60;

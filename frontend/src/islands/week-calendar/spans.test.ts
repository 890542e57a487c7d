import { expect, test } from "vitest";

import { formats } from "./format";
import { closedSpans, overlaps, pastSpans, shownHours, spansOf } from "./spans";
import type { Availability, Reservation } from "./types";

const availability: Availability = {
  revision: 3,
  open: [["2026-03-02T09:00:00+08:00", "2026-03-02T17:00:00+08:00"]],
  busy: [
    ["2026-03-02T10:00:00+08:00", "2026-03-02T11:00:00+08:00", "taken"],
    ["2026-03-02T13:00:00+08:00", "2026-03-02T14:00:00+08:00", "own"],
  ],
  free: [],
};

test("times lose their offset and an own stretch finds its reservation", () => {
  const mine = { id: 5, start: "2026-03-02T13:00:00+08:00", end: "2026-03-02T14:00:00+08:00" } as Reservation;
  expect(spansOf(availability, [mine])).toEqual([
    { start: "2026-03-02T09:00", end: "2026-03-02T17:00", kind: "open" },
    { start: "2026-03-02T10:00", end: "2026-03-02T11:00", kind: "taken" },
    { start: "2026-03-02T13:00", end: "2026-03-02T14:00", kind: "own", reservation: mine },
  ]);
});

test("shown hours grow with the opening hours and cover the night where one is open", () => {
  expect(shownHours([])).toEqual({ from: 8, to: 18 });
  expect(shownHours([{ start: "2026-03-02T07:30", end: "2026-03-02T20:15", kind: "open" }])).toEqual({ from: 7, to: 21 });
  expect(shownHours([{ start: "2026-03-02T09:00", end: "2026-03-03T00:00", kind: "open" }])).toEqual({ from: 8, to: 24 });
  expect(shownHours([{ start: "2026-03-02T22:00", end: "2026-03-03T06:00", kind: "open" }])).toEqual({ from: 0, to: 24 });
});

test("closed is what remains of each day, also around a night", () => {
  const open = (start: string, end: string) => ({ start, end, kind: "open" }) as const;
  expect(closedSpans([open("2026-03-02T22:00", "2026-03-03T06:00")], "2026-03-02", "2026-03-04")).toEqual([
    { start: "2026-03-02T00:00", end: "2026-03-02T22:00", kind: "closed" },
    { start: "2026-03-03T06:00", end: "2026-03-04T00:00", kind: "closed" },
  ]);
  expect(closedSpans([], "2026-03-02", "2026-03-03")).toEqual([{ start: "2026-03-02T00:00", end: "2026-03-03T00:00", kind: "closed" }]);
});

test("what is past is shaded up to now, day by day", () => {
  expect(pastSpans("2026-03-03T14:20", "2026-03-02", "2026-03-05")).toEqual([
    { start: "2026-03-02T00:00", end: "2026-03-03T00:00", kind: "past" },
    { start: "2026-03-03T00:00", end: "2026-03-03T14:20", kind: "past" },
  ]);
  expect(pastSpans("2026-03-02T00:00", "2026-03-02", "2026-03-05")).toEqual([]);
});

test("a window booked again after it was cancelled belongs to the booking that lives", () => {
  const window = { start: "2026-03-02T13:00:00+08:00", end: "2026-03-02T14:00:00+08:00" };
  const rows = [{ id: 6, status: "confirmed", ...window }, { id: 5, status: "cancelled", ...window }] as Reservation[];
  expect(spansOf(availability, rows)[2]?.reservation?.id).toBe(6);
});

test("touching windows do not overlap", () => {
  const first = { start: "2026-03-02T09:00", end: "2026-03-02T10:00" };
  expect(overlaps(first, { start: "2026-03-02T10:00", end: "2026-03-02T11:00" })).toBe(false);
  expect(overlaps(first, { start: "2026-03-02T09:59", end: "2026-03-02T11:00" })).toBe(true);
});

test("windows and money read as the language writes them", () => {
  const english = formats("en-GB");
  // The comma after the weekday differs between versions of the browser's language data.
  expect(english.window({ start: "2026-03-02T09:00", end: "2026-03-02T10:30" })).toMatch(/^Mon,? 2 Mar 09:00–10:30$/);
  expect(english.window({ start: "2026-03-02T22:00", end: "2026-03-03T06:00" })).toMatch(/22:00–Tue,? 3 Mar 06:00$/);
  expect(english.money(6100, "CNY")).toBe("¥61.00");
  expect(formats("zh-CN").money(123456, "CNY")).toBe("¥1,234.56");
});

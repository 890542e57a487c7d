import { describe, expect, test } from "vitest";

import { type Band, bandsOf, DAY, hoursOf, paint, tiersOpen } from "./bands";

const TIERS = ["internal", "enterprise"];
const office: Band = { weekdays: ["MO", "TU", "WE", "TH", "FR"], start: "09:00", end: "17:00", tiers: TIERS };
const back = (...bands: Band[]): Band[] => bandsOf(hoursOf(bands, TIERS));

describe("bands survive the way to the grid and back", () => {
  test.each<[string, Band[]]>([
    ["office hours", [office]],
    ["nothing", []],
    ["two bands a day", [{ ...office, end: "12:00" }, { ...office, start: "13:30" }]],
    ["a night", [{ ...office, start: "22:00", end: "06:00" }]],
    ["Sunday night", [{ ...office, weekdays: ["SU"], start: "22:00", end: "06:00" }]],
    ["around the clock", [{ ...office, weekdays: ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], start: "00:00", end: "00:00" }]],
    ["until midnight", [{ ...office, start: "18:00", end: "00:00" }]],
    ["quarter hours", [{ ...office, start: "08:15", end: "16:45" }]],
  ])("%s", (_name, bands) => {
    expect(back(...bands)).toEqual(bands);
  });
});

test("bands that touch or overlap become one", () => {
  expect(back({ ...office, end: "13:00" }, { ...office, start: "12:00" })).toEqual([office]);
});

test("hours open to some only stand apart", () => {
  const evening: Band = { ...office, start: "17:00", end: "20:00", tiers: ["internal"] };
  expect(back(office, evening)).toEqual([office, evening]);
});

test("erasing the middle leaves both sides", () => {
  const hours = paint(hoursOf([{ ...office, weekdays: ["MO"] }], TIERS), TIERS, 12 * 60, 13 * 60, false);
  expect(bandsOf(hours)).toEqual([
    { ...office, weekdays: ["MO"], end: "12:00" },
    { ...office, weekdays: ["MO"], start: "13:00" },
  ]);
});

test("erasing for one tier keeps the other", () => {
  const hours = paint(hoursOf([{ ...office, weekdays: ["TU"] }], TIERS), ["enterprise"], DAY, 2 * DAY, false);
  expect(tiersOpen(hours, DAY + 600, DAY + 630)).toEqual(["internal"]);
});

import { describe, expect, test } from "vitest";

import { addDays, instantOf, mondayOf, timeOf, wallIn, wallOf } from "./wall-clock";

describe("instantOf", () => {
  test.each([
    ["2026-03-02T09:00", "Asia/Shanghai", "2026-03-02T09:00:00+08:00"],
    ["2026-03-28T09:00", "Europe/London", "2026-03-28T09:00:00+00:00"],
    ["2026-03-30T09:00", "Europe/London", "2026-03-30T09:00:00+01:00"],
    ["2026-03-09T09:00", "America/New_York", "2026-03-09T09:00:00-04:00"],
    ["2026-11-03T09:00", "America/New_York", "2026-11-03T09:00:00-05:00"],
    ["2026-01-01T09:00", "Asia/Kolkata", "2026-01-01T09:00:00+05:30"],
  ])("%s in %s", (wall, zone, instant) => {
    expect(instantOf(wall, zone)).toBe(instant);
  });

  test("on the day of a change, before and after it", () => {
    expect(instantOf("2026-03-29T00:30", "Europe/London")).toBe("2026-03-29T00:30:00+00:00");
    expect(instantOf("2026-03-29T03:00", "Europe/London")).toBe("2026-03-29T03:00:00+01:00");
  });

  test("the hour that occurs twice is its first", () => {
    expect(instantOf("2026-10-25T01:30", "Europe/London")).toBe("2026-10-25T01:30:00+01:00");
  });

  test("the hour that is skipped lies after the change", () => {
    expect(instantOf("2026-03-29T01:30", "Europe/London")).toBe("2026-03-29T02:30:00+01:00");
  });
});

test("weeks begin on Monday, days add across months", () => {
  expect(mondayOf("2026-03-01")).toBe("2026-02-23");
  expect(mondayOf("2026-03-02")).toBe("2026-03-02");
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
});

test("midnight is 00:00 and the server's offset is kept", () => {
  expect(wallIn("Asia/Shanghai", Date.parse("2026-03-01T16:00:00Z"))).toBe("2026-03-02T00:00");
  expect(timeOf(wallOf("2026-03-29T09:00:00+01:00"))).toBe("09:00");
});

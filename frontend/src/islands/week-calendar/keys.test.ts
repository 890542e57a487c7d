import { expect, test } from "vitest";

import { stepped } from "./keys";

const window = { start: "2026-03-03T09:00", end: "2026-03-03T10:00" };

test.each([
  ["ArrowDown", false, "2026-03-03T09:30", "2026-03-03T10:30"],
  ["ArrowUp", false, "2026-03-03T08:30", "2026-03-03T09:30"],
  ["ArrowRight", false, "2026-03-04T09:00", "2026-03-04T10:00"],
  ["ArrowLeft", false, "2026-03-02T09:00", "2026-03-02T10:00"],
  ["ArrowDown", true, "2026-03-03T09:00", "2026-03-03T10:30"],
  ["ArrowUp", true, "2026-03-03T09:00", "2026-03-03T09:30"],
])("%s, end alone: %s", (key, byEnd, start, end) => {
  expect(stepped(window, key, byEnd, 30)).toEqual({ start, end });
});

test("other keys, and what would leave nothing, do nothing", () => {
  expect(stepped(window, "a", false, 30)).toBeNull();
  expect(stepped(window, "ArrowUp", true, 60)).toBeNull();
});

import { beforeEach, expect, test, vi } from "vitest";

import { mountHoursPainter } from "./index";

vi.mock("./hours-painter.css", () => ({}));

const grid = {
  caption: "Opening hours", weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
  open: "open", partly: "partly open", closed: "closed", offPeak: "off-peak", cell: "{day} {start}–{end}: {state}",
};
const days = ["MO", "TU", "WE"].map((day) => `<input type="checkbox" data-field="weekdays" name="band-__n__-weekdays" value="${day}">`).join("");
const ROW = `<li data-band>${days}<input type="time" data-field="start"><input type="time" data-field="end">
  <input type="checkbox" data-field="tiers" value="internal" checked><input type="checkbox" data-field="tiers" value="external" checked>
  <input type="checkbox" data-field="off_peak"><button type="button" data-action="remove"></button></li>`;
const HTML = `<script id="hours" type="application/json">${JSON.stringify({ tiers: ["internal", "external"], grid })}</script>
  <div data-island="hours-painter" data-settings="hours">
  <fieldset data-part="audience" hidden><input type="checkbox" value="internal" checked><input type="checkbox" value="external" checked></fieldset>
  <input type="checkbox" data-part="off-peak"><div data-part="grid"></div><ul data-part="bands"></ul><template data-part="row">${ROW}</template>
  <button type="button" data-action="add" hidden></button><input type="hidden" name="bands" data-part="value" disabled></div>`;

const value = (): HTMLInputElement => document.querySelector<HTMLInputElement>('[data-part="value"]')!;
const bands = (): unknown => JSON.parse(value().value);
const cell = (day: number, row: number): HTMLElement => document.querySelector(`[data-day="${day}"][data-row="${row}"]`)!;
const key = (name: string): void => {
  document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
};

beforeEach(() => {
  document.body.innerHTML = HTML;
  mountHoursPainter(document.querySelector('[data-island="hours-painter"]')!);
});

function paintByKeys(): void {
  cell(0, 18).focus();
  key("Enter");
  for (let step = 0; step < 3; step += 1) key("ArrowDown");
  key("ArrowRight");
  key("Enter");
}

test("a range painted with the keyboard becomes one band and one row", () => {
  paintByKeys();
  expect(bands()).toEqual([{ weekdays: ["MO", "TU"], start: "09:00", end: "11:00", tiers: ["internal", "external"] }]);
  expect(document.querySelectorAll("[data-band]")).toHaveLength(1);
  expect(cell(1, 21).getAttribute("aria-label")).toBe("Tue 10:30–11:00: open");
  expect(cell(0, 22).dataset.state).toBe("closed");
});

test("painting again from an open cell closes", () => {
  paintByKeys();
  paintByKeys();
  expect(bands()).toEqual([]);
});

test("Escape lets go of a range", () => {
  cell(0, 18).focus();
  key("Enter");
  key("Escape");
  expect(bands()).toEqual([]);
  expect(document.querySelectorAll("[data-chosen]")).toHaveLength(0);
});

test("a mouse paints by dragging", () => {
  const at = (type: string, target: EventTarget): boolean =>
    target.dispatchEvent(new PointerEvent(type, { pointerType: "mouse", button: 0, bubbles: true, cancelable: true }));
  at("pointerdown", cell(2, 20));
  at("pointerover", cell(2, 21));
  at("pointerup", globalThis);
  expect(bands()).toEqual([{ weekdays: ["WE"], start: "10:00", end: "11:00", tiers: ["internal", "external"] }]);
});

test("an exact time typed in a row shows on the grid as partly open", () => {
  paintByKeys();
  const start = document.querySelector<HTMLInputElement>('[data-field="start"]')!;
  start.value = "09:15";
  start.dispatchEvent(new Event("change", { bubbles: true }));
  expect(cell(0, 18).dataset.state).toBe("partly");
  expect(bands()).toMatchObject([{ start: "09:15" }]);
});

test("painting for one audience leaves the other alone", () => {
  paintByKeys();
  document.querySelectorAll<HTMLInputElement>('[data-part="audience"] input')[0]!.checked = false;
  document.querySelector('[data-part="audience"]')!.dispatchEvent(new Event("change", { bubbles: true }));
  cell(0, 18).focus();
  key(" ");
  key(" ");
  expect(bands()).toContainEqual({ weekdays: ["MO"], start: "09:00", end: "09:30", tiers: ["internal"] });
});

test("the hidden value counts only once the script runs, and a row can be removed", () => {
  expect(value().disabled).toBe(false);
  paintByKeys();
  document.querySelector<HTMLElement>('[data-action="remove"]')!.click();
  expect(bands()).toEqual([]);
});

test("an unfinished row is sent too, so that the server can say what it lacks", () => {
  document.querySelector<HTMLElement>('[data-action="add"]')!.click();
  const start = document.querySelector<HTMLInputElement>('[data-field="start"]')!;
  start.value = "09:00";
  start.dispatchEvent(new Event("change", { bubbles: true }));
  expect(bands()).toEqual([{ weekdays: [], start: "09:00", end: "", tiers: ["internal", "external"] }]);
});

test("rows added after one was removed keep names of their own", () => {
  const add = document.querySelector<HTMLElement>('[data-action="add"]')!;
  for (let row = 0; row < 3; row += 1) add.click();
  document.querySelector<HTMLElement>('[data-action="remove"]')!.click();
  add.click();
  const names = [...document.querySelectorAll<HTMLInputElement>("[data-band]")].map((row) => row.querySelector("input")!.name);
  expect(new Set(names).size).toBe(3);
});

test("empty rows for people without a script go when there is one", () => {
  document.body.innerHTML = HTML.replace('<ul data-part="bands">', `<ul data-part="bands">${ROW}${ROW}`);
  mountHoursPainter(document.querySelector('[data-island="hours-painter"]')!);
  expect(document.querySelectorAll("[data-band]")).toHaveLength(0);
});

test("painted as off-peak, a part of the hours becomes a band of its own", () => {
  paintByKeys();
  document.querySelector<HTMLInputElement>('[data-part="off-peak"]')!.checked = true;
  cell(0, 20).focus();
  key("Enter");
  key("ArrowDown");
  key("Enter");
  const audience = { tiers: ["internal", "external"] };
  expect(bands()).toEqual([
    { weekdays: ["MO"], start: "09:00", end: "10:00", ...audience },
    { weekdays: ["TU"], start: "09:00", end: "11:00", ...audience },
    { weekdays: ["MO"], start: "10:00", end: "11:00", ...audience, off_peak: true },
  ]);
  expect(cell(0, 20).getAttribute("aria-label")).toBe("Mon 10:00–10:30: off-peak");
  expect(cell(0, 18).dataset.state).toBe("open");
});

test("what is off-peak opens as usual time again, and closes", () => {
  document.querySelector<HTMLInputElement>('[data-part="off-peak"]')!.checked = true;
  paintByKeys();
  document.querySelector<HTMLInputElement>('[data-part="off-peak"]')!.checked = false;
  paintByKeys();
  expect(bands()).toEqual([{ weekdays: ["MO", "TU"], start: "09:00", end: "11:00", tiers: ["internal", "external"] }]);
  paintByKeys();
  expect(bands()).toEqual([]);
});

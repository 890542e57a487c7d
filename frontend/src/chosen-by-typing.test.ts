import { beforeAll, expect, test } from "vitest";

import { chooseByTyping } from "./chosen-by-typing";

const control = (name: string): HTMLInputElement => document.querySelector(`[data-is="${name}"]`)!;

beforeAll(() => {
  chooseByTyping(document);
  document.body.innerHTML = `
    <input type="radio" name="way" data-is="nearest" checked>
    <span data-chosen-by-typing><input type="radio" name="way" data-is="other"><input data-is="start"></span>
    <input data-is="reason">`;
});

test("typing elsewhere chooses nothing", () => {
  control("reason").dispatchEvent(new Event("input", { bubbles: true }));
  expect(control("nearest").checked).toBe(true);
});

test("typing a time chooses the way that it belongs to", () => {
  control("start").dispatchEvent(new Event("input", { bubbles: true }));
  expect(control("other").checked).toBe(true);
  expect(control("nearest").checked).toBe(false);
});

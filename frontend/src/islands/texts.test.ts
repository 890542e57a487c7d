import { expect, test } from "vitest";

import { el } from "./element";
import { fill, readSettings } from "./texts";

test("fill puts values in and leaves unknown names visible", () => {
  expect(fill("{start} to {end}", { start: "09:00" })).toBe("09:00 to {end}");
});

test("settings come from the page's JSON block", () => {
  document.body.innerHTML = `<script id="s" type="application/json">{"texts": {"free": "空闲"}}</script>`;
  const island = el("div", { "data-settings": "s" });
  expect(readSettings<{ texts: { free: string } }>(island).texts.free).toBe("空闲");
  expect(() => readSettings(el("div"))).toThrow("no settings block");
});

test("el keeps text as text", () => {
  expect(el("p", { hidden: true, title: null }, "<b>").outerHTML).toBe(`<p hidden="">&lt;b&gt;</p>`);
});

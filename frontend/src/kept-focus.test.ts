import { expect, test } from "vitest";

import { keepFocus } from "./kept-focus";

keepFocus(document);

function swap(content: string, restored = ""): Element | null {
  document.body.innerHTML = `<main><div id="found" data-focus="#results"><a href="/">More</a></div><input></main>`;
  const found = document.querySelector<HTMLElement>("#found")!;
  found.querySelector("a")!.focus();
  found.dispatchEvent(new Event("htmx:beforeSwap", { bubbles: true }));
  found.innerHTML = content;
  if (restored) document.querySelector<HTMLElement>(restored)!.focus();
  found.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true }));
  return document.activeElement;
}

test("the focus that a swap would lose goes where the target says", () => {
  expect(swap('<section id="results" tabindex="-1"></section>')).toBe(document.querySelector("#results"));
});

test("a focus that was given back stays", () => {
  expect(swap('<section id="results" tabindex="-1"><a href="/" id="same"></a></section>', "#same")).toBe(document.querySelector("#same"));
});

test("a focus elsewhere is left alone", () => {
  document.body.innerHTML = `<div id="found" data-focus="#found"></div><input>`;
  document.querySelector("input")!.focus();
  const found = document.querySelector("#found")!;
  found.dispatchEvent(new Event("htmx:beforeSwap", { bubbles: true }));
  document.querySelector("input")!.blur();
  found.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true }));
  expect(document.activeElement).toBe(document.body);
});

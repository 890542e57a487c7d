import { expect, test, vi } from "vitest";

import { showCurrent } from "./current-link";

const at = (left: number, width: number): DOMRect => ({ left, width }) as DOMRect;

test("the link of the page one is on stands in the middle of its row", () => {
  document.body.innerHTML = `<ul class="nav-row"><li><a>Details</a></li><li><a aria-current="page">Upkeep</a></li></ul>`;
  const row = document.querySelector("ul") as HTMLElement;
  vi.spyOn(row, "getBoundingClientRect").mockReturnValue(at(0, 300));
  vi.spyOn(document.querySelectorAll("a")[1] as HTMLElement, "getBoundingClientRect").mockReturnValue(at(400, 60));
  showCurrent(document);
  expect(row.scrollLeft).toBe(280);
});

test("a row without the page one is on stays where it is", () => {
  document.body.innerHTML = `<ul class="nav-row"><li><a>Details</a></li></ul>`;
  showCurrent(document);
  expect((document.querySelector("ul") as HTMLElement).scrollLeft).toBe(0);
});

import { beforeEach, expect, test, vi } from "vitest";

import { registerIslands } from "./registry";

beforeEach(() => {
  document.body.innerHTML = `<main><p data-island="greeting"></p><p data-island="unheard-of"></p></main>`;
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test("mounts each element once, also when its surroundings are scanned again", async () => {
  const greeting = vi.fn();
  const mount = registerIslands({ greeting });
  mount(document.body);
  mount(document.body);
  await settled();
  expect(greeting).toHaveBeenCalledTimes(1);
});

test("mounts the root itself, as htmx hands over the swapped element", async () => {
  const greeting = vi.fn();
  registerIslands({ greeting })(document.querySelector("p")!);
  await settled();
  expect(greeting).toHaveBeenCalledOnce();
});

test("an island that fails does not stop the others", async () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const fine = vi.fn();
  document.body.innerHTML = `<p data-island="broken"></p><p data-island="fine"></p>`;
  const broken = () => {
    throw new Error("no");
  };
  registerIslands({ broken, fine })(document.body);
  await settled();
  expect(fine).toHaveBeenCalledOnce();
  expect(report).toHaveBeenCalledOnce();
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Hint, Listener, LiveState } from "../live/client";
import { mountLiveItem } from "./live-list";
import { mountLiveStatus } from "./live-status";

const listeners: Listener[] = [];
const stop = vi.fn();
const live = {
  subscribe: vi.fn((_instrument: number, _revision: number | null, listener: Listener) => {
    listeners.push(listener);
    return stop;
  }),
};
const ajax = vi.fn(() => Promise.resolve());
const hint = (reason: Hint["reason"]): Hint => ({ instrument: 12, revision: 8, changed: null, reason });

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  listeners.length = 0;
  document.body.innerHTML = `<article data-instrument-id="12" data-revision="7" data-src="/card/"></article>`;
  mountLiveItem(document.querySelector("article")!, live, { ajax });
});

afterEach(() => {
  vi.useRealTimers();
});

test("watches from the revision it was rendered with", () => {
  expect(live.subscribe).toHaveBeenCalledWith(12, 7, expect.any(Function));
});

test("two changes in a row fetch the entry once", () => {
  listeners[0]!(hint("changed"));
  listeners[0]!(hint("missed"));
  vi.advanceTimersByTime(200);
  expect(ajax).toHaveBeenCalledTimes(1);
  expect(ajax).toHaveBeenCalledWith("get", "/card/", { target: document.querySelector("article"), swap: "outerHTML" });
});

test("a mere reconnect fetches nothing", () => {
  listeners[0]!(hint("reconnected"));
  vi.advanceTimersByTime(200);
  expect(ajax).not.toHaveBeenCalled();
});

test("an entry that has left the page stops watching", () => {
  document.body.innerHTML = "";
  listeners[0]!(hint("changed"));
  expect(stop).toHaveBeenCalled();
  expect(ajax).not.toHaveBeenCalled();
});

test("the status shows the word for its state", () => {
  document.body.innerHTML = `<p><span data-when="live" hidden>Live</span><span data-when="offline">Gone</span></p>`;
  const status = document.querySelector("p")!;
  mountLiveStatus(status, { observe: (observer: (state: LiveState) => void) => { observer("live"); } });
  const hidden = [...status.querySelectorAll("span")].map((span) => span.hidden);
  expect(hidden).toEqual([false, true]);
  expect(status.dataset.state).toBe("live");
});

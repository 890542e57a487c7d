/** The chosen stretch under the keyboard: arrow keys move it in time and to other days, with Shift its end alone. */
import { wallFrom, wallValue } from "../../time/wall-clock";
import type { Window } from "./types";

const MINUTE = 60_000;
const DAY = 1440;

/** The window after a key; null: the key means nothing here, or nothing would be left of it. grid: minutes. */
export function stepped({ start, end }: Window, key: string, byEnd: boolean, grid: number): Window | null {
  const minutes = { ArrowUp: -grid, ArrowDown: grid, ArrowLeft: -DAY, ArrowRight: DAY }[key];
  if (minutes === undefined) return null;
  const shifted = (wall: string): string => wallFrom(wallValue(wall) + minutes * MINUTE);
  if (!byEnd) return { start: shifted(start), end: shifted(end) };
  return wallValue(shifted(end)) > wallValue(start) ? { start, end: shifted(end) } : null;
}

/** onStep tells whether it moved; the stretch, drawn anew, then gets the focus again, unless it has gone elsewhere. */
export function listenForSteps(root: HTMLElement, onStep: (key: string, byEnd: boolean) => boolean): void {
  root.addEventListener("keydown", (event) => {
    if (!(event.target as Element).closest(".span-draft") || !onStep(event.key, event.shiftKey)) return;
    event.preventDefault();
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) root.querySelector<HTMLElement>(".span-draft")?.focus();
      });
    });
  });
}

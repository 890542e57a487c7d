/** The typed way to choose a window: the inputs of the booking form, which also works without a script. */
import { part } from "../element";
import { addDays, dateOf, timeOf, wallFrom, wallValue } from "../../time/wall-clock";
import type { Details, Window } from "./types";

export interface WindowForm {
  read: () => Window | null;
  write: (window: Window) => void;
  purpose: () => string;
  /** Values of the fields marked `data-detail`; nought and nothing chosen are left out. */
  details: () => Details;
  /** Whether Book can be pressed, and whether it is at work. */
  allow: (allowed: boolean, busy?: boolean) => void;
}

const WALL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

export interface FormEvents {
  onWindow: (window: Window | null) => void;
  onBook: () => void;
  /** Book was pressed where it can't be: something has to say why. */
  onEarly: () => void;
}

export function windowForm(form: HTMLFormElement, { onWindow, onBook, onEarly }: FormEvents): WindowForm {
  const input = (name: string): HTMLInputElement => part<HTMLInputElement>(form, name);
  const startDate = input("start-date");
  const startTime = input("start-time");
  const endDate = input("end-date");
  const endTime = input("end-time");
  const submit = part<HTMLButtonElement>(form, "book");

  const read = (): Window | null => {
    const start = `${startDate.value}T${startTime.value.slice(0, 5)}`;
    const end = `${endDate.value}T${endTime.value.slice(0, 5)}`;
    return WALL.test(start) && WALL.test(end) ? { start, end } : null;
  };

  let before = read();
  // Moving the start moves the end with it, as it would on paper: the length stays what it was.
  const keepLength = (): void => {
    const now = read();
    if (!now || !before || now.start === before.start) return;
    const end = wallFrom(wallValue(now.start) + wallValue(before.end) - wallValue(before.start));
    endDate.value = dateOf(end);
    endTime.value = timeOf(end);
  };

  form.addEventListener("change", (event) => {
    if (event.target === startDate && !endDate.value) endDate.value = startDate.value;
    if (event.target === startDate || event.target === startTime) keepLength();
    const counts = [startDate, startTime, endDate, endTime].includes(event.target as HTMLInputElement);
    if (!counts && !(event.target as HTMLElement).hasAttribute("data-detail")) return;
    before = read();
    onWindow(before);
  });
  form.addEventListener("submit", (event) => {
    // A button that leads to another page, such as the one that repeats the booking.
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    if (submit.hasAttribute("data-busy")) return;
    if (submit.getAttribute("aria-disabled") === "true") onEarly();
    else onBook();
  });

  return {
    read,
    write: (window) => {
      startDate.value = dateOf(window.start);
      startTime.value = timeOf(window.start);
      endDate.value = dateOf(window.end);
      endTime.value = timeOf(window.end);
      before = window;
    },
    details: () => {
      const fields = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-detail]")];
      return Object.fromEntries(fields.map(({ name, value }) => [name, Number(value)] as const).filter(([, value]) => value > 0));
    },
    purpose: () => part<HTMLInputElement>(form, "purpose").value.trim(),
    allow: (allowed, busy = false) => {
      // aria-disabled keeps the button in the tab order, so a keyboard does not lose its place.
      submit.setAttribute("aria-disabled", String(!allowed || busy));
      submit.toggleAttribute("data-busy", busy);
    },
  };
}

/** An hour from the next full hour on, tomorrow: where the inputs begin when nothing was chosen. */
export const defaultWindow = (today: string): Window => ({
  start: `${addDays(today, 1)}T09:00`,
  end: `${addDays(today, 1)}T10:00`,
});

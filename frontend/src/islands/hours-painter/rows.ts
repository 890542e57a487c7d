/** The exact side of the painter: one row of inputs per band, the same fields the form has without a script. */
import { part } from "../element";
import type { Band, Weekday } from "./bands";

export interface Rows {
  /** The bands that are complete. */
  read: () => Band[];
  /** Everything typed, finished or not: the server says what is missing, nothing is dropped silently. */
  typed: () => Band[];
  write: (bands: readonly Band[]) => void;
}

const ticked = (row: ParentNode, name: string): string[] =>
  [...row.querySelectorAll<HTMLInputElement>(`input[data-field="${name}"]:checked`)].map((input) => input.value);

const field = (row: ParentNode, name: string): HTMLInputElement | null =>
  row.querySelector<HTMLInputElement>(`input[data-field="${name}"]`);

export function rowsIn(root: HTMLElement, onChange: () => void): Rows {
  const body = part(root, "bands");
  const template = part<HTMLTemplateElement>(root, "row");

  const all = (): HTMLElement[] => [...body.querySelectorAll<HTMLElement>("[data-band]")];
  const typed = (): Band[] => all().map(bandIn).filter(({ weekdays, start, end }) => weekdays.length > 0 || start || end);
  // An unfinished row is not yet a band; the grid keeps showing the others.
  const read = (): Band[] => typed().filter(({ weekdays, start, end }) => weekdays.length > 0 && start && end);
  let made = body.childElementCount;

  const append = (band: Band | null): HTMLElement => {
    const row = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    number(row, made++);
    row.querySelectorAll<HTMLElement>("button[hidden]").forEach((shown) => {
      shown.hidden = false;
    });
    if (band) fillRow(row, band);
    body.append(row);
    return row;
  };

  root.addEventListener("click", (event) => {
    const pressed = (event.target as HTMLElement).closest<HTMLElement>("[data-action]")?.dataset.action;
    if (pressed === "add") field(append(null), "start")?.focus();
    if (pressed !== "remove") return;
    (event.target as HTMLElement).closest("[data-band]")?.remove();
    onChange();
  });
  body.addEventListener("change", onChange);

  // Empty rows are for people without a script; with one there is a button.
  all().forEach((row) => {
    if (!bandIn(row).start && !bandIn(row).weekdays.length && !bandIn(row).end) row.remove();
  });

  return {
    read,
    typed,
    write: (bands) => {
      body.replaceChildren();
      bands.forEach(append);
    },
  };
}

function bandIn(row: ParentNode): Band {
  return {
    weekdays: ticked(row, "weekdays") as Weekday[],
    start: field(row, "start")?.value.slice(0, 5) ?? "",
    end: field(row, "end")?.value.slice(0, 5) ?? "",
    tiers: ticked(row, "tiers"),
    ...(field(row, "off_peak")?.checked ? { off_peak: true as const } : {}),
  };
}

/** Rows made here need names of their own, or checkboxes of two rows would answer to one label. */
function number(row: HTMLElement, index: number): void {
  row.querySelectorAll<HTMLElement>("[name], [id], [for]").forEach((element) => {
    for (const name of ["name", "id", "for"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace("__n__", String(index)));
    }
  });
}

function fillRow(row: HTMLElement, band: Band): void {
  const tick = (name: string, values: readonly string[]): void => {
    row.querySelectorAll<HTMLInputElement>(`input[data-field="${name}"]`).forEach((input) => {
      input.checked = values.includes(input.value);
    });
  };
  tick("weekdays", band.weekdays);
  tick("tiers", band.tiers);
  const offPeak = field(row, "off_peak");
  if (offPeak) offPeak.checked = band.off_peak === true;
  for (const name of ["start", "end"] as const) {
    const input = field(row, name);
    if (input) input.value = band[name];
  }
}

/**
 * The grid of the week: seven days by half hours. Drag with a mouse; or press Enter (or tap) where a range
 * begins, move, and press again where it ends; Escape lets go. Painting over open cells closes them.
 */
import { el } from "../element";
import { fill } from "../texts";
import { clock, DAY, type Hours, tiersOpen } from "./bands";

export const STEP = 30;
const ROWS = DAY / STEP;

export interface GridTexts {
  caption: string;
  weekdays: readonly string[];
  open: string;
  partly: string;
  closed: string;
  offPeak: string;
  /** "{day} {start}–{end}: {state}" */
  cell: string;
}

export interface Cell {
  day: number;
  row: number;
}

/** One painted rectangle: days and minutes of a day, both half-open, and whether it began on an open cell. */
export interface Stroke {
  days: readonly number[];
  from: number;
  to: number;
  began: Cell;
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], PageUp: [0, -4], PageDown: [0, 4],
};

const FIRST: Cell = { day: 0, row: 18 };

export class HoursGrid {
  readonly #cells: HTMLElement[][];
  #anchor: Cell | null = null;
  #here = FIRST;
  #dragging = false;

  constructor(
    root: HTMLElement,
    readonly texts: GridTexts,
    readonly onStroke: (stroke: Stroke) => void,
  ) {
    this.#cells = Array.from({ length: ROWS }, (_, row) => texts.weekdays.map((_name, day) => cellElement({ day, row })));
    root.replaceChildren(table(this.#cells, texts));
    this.#listenToKeys(root);
    this.#listenToPointers(root);
  }

  /** offPeak: the part of the hours that is. */
  show(hours: Hours, offPeak: Hours, tiers: readonly string[]): void {
    this.#each((element, cell) => {
      mark(element, [hours, offPeak], tiers, this.texts, cell);
    });
  }

  #each(visit: (element: HTMLElement, cell: Cell) => void): void {
    this.#cells.forEach((line, row) => {
      line.forEach((element, day) => {
        visit(element, { day, row });
      });
    });
  }

  #listenToKeys(root: HTMLElement): void {
    root.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (move) this.#goTo({ day: this.#here.day + move[0], row: this.#here.row + move[1] }, true);
      else if (event.key === "Enter" || event.key === " ") this.#press();
      else if (event.key === "Escape") this.#drop();
      else return;
      event.preventDefault();
    });
    // Focus may also arrive by a screen reader or a click; the grid goes on from there.
    root.addEventListener("focusin", (event) => {
      this.#goTo(cellAt(event.target) ?? this.#here, false);
    });
  }

  #listenToPointers(root: HTMLElement): void {
    root.addEventListener("pointerdown", (event) => {
      const cell = cellAt(event.target);
      if (!cell || event.pointerType !== "mouse" || event.button !== 0) return;
      event.preventDefault();
      this.#goTo(cell, true);
      this.#anchor = cell;
      this.#dragging = true;
      this.#preview();
    });
    root.addEventListener("pointerover", (event) => {
      const cell = cellAt(event.target);
      if (cell && this.#dragging) this.#goTo(cell, false);
    });
    globalThis.addEventListener("pointerup", () => {
      if (this.#dragging) this.#finish();
    });
    // A mouse has painted already on its way; a finger marks the beginning and then the end.
    root.addEventListener("click", (event) => {
      const cell = cellAt(event.target);
      if (!cell || (event).pointerType === "mouse") return;
      this.#goTo(cell, true);
      this.#press();
    });
  }

  #goTo(cell: Cell, focus: boolean): void {
    this.#cells[this.#here.row]?.[this.#here.day]?.setAttribute("tabindex", "-1");
    this.#here = { day: clamp(cell.day, 6), row: clamp(cell.row, ROWS - 1) };
    const element = this.#cells[this.#here.row]?.[this.#here.day];
    element?.setAttribute("tabindex", "0");
    if (focus) element?.focus();
    this.#preview();
  }

  #press(): void {
    if (this.#anchor) {
      this.#finish();
      return;
    }
    this.#anchor = this.#here;
    this.#preview();
  }

  #finish(): void {
    if (this.#anchor) this.onStroke({ ...between(this.#anchor, this.#here), began: this.#anchor });
    this.#drop();
  }

  #drop(): void {
    this.#anchor = null;
    this.#dragging = false;
    this.#preview();
  }

  #preview(): void {
    const area = this.#anchor && between(this.#anchor, this.#here);
    this.#each((element, { day, row }) => {
      const inside = area?.days.includes(day) && row * STEP >= area.from && row * STEP < area.to;
      element.toggleAttribute("data-chosen", inside === true);
    });
  }
}

function cellElement({ day, row }: Cell): HTMLElement {
  const first = day === FIRST.day && row === FIRST.row;
  return el("td", { role: "gridcell", tabindex: first ? 0 : -1, "data-day": day, "data-row": row });
}

function cellAt(target: EventTarget | null): Cell | null {
  const found = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return found ? { day: Number(found.dataset.day), row: Number(found.dataset.row) } : null;
}

const clamp = (value: number, highest: number): number => Math.max(0, Math.min(highest, value));

function between(one: Cell, other: Cell): Omit<Stroke, "began"> {
  const first = Math.min(one.day, other.day);
  const days = Array.from({ length: Math.abs(one.day - other.day) + 1 }, (_, index) => first + index);
  return { days, from: Math.min(one.row, other.row) * STEP, to: (Math.max(one.row, other.row) + 1) * STEP };
}

function mark(cell: HTMLElement, [hours, offPeak]: readonly [Hours, Hours], tiers: readonly string[], texts: GridTexts, { day, row }: Cell): void {
  const from = day * DAY + row * STEP;
  const openIn = (some: Hours): number => tiersOpen(some, from, from + STEP).filter((tier) => tiers.includes(tier)).length;
  const touched = [...hours].some(([tier, parts]) => tiers.includes(tier) && parts.some(([a, b]) => a < from + STEP && b > from));
  const open = openIn(offPeak) === tiers.length ? "offPeak" : "open";
  const state = openIn(hours) === tiers.length ? open : touched ? "partly" : "closed";
  cell.dataset.state = state;
  cell.setAttribute("aria-selected", String(state === open));
  const end = row === ROWS - 1 ? "24:00" : clock(from + STEP);
  cell.setAttribute("aria-label", fill(texts.cell, { day: texts.weekdays[day] ?? "", start: clock(from), end, state: texts[state] }));
}

function table(cells: readonly HTMLElement[][], texts: GridTexts): HTMLElement {
  const head = el("tr", { role: "row" }, el("td"), ...texts.weekdays.map((name) => el("th", { scope: "col", role: "columnheader" }, name)));
  const lines = cells.map((line, row) => {
    const label = row % 2 === 0 ? clock(row * STEP) : "";
    return el("tr", { role: "row" }, el("th", { scope: "row", role: "rowheader" }, label), ...line);
  });
  const attributes = { role: "grid", "aria-multiselectable": "true", "aria-label": texts.caption, class: "hours-grid" };
  return el("table", attributes, el("thead", {}, head), el("tbody", {}, ...lines));
}

/** The one module that talks to the calendar component. It is fed wall-clock text: it ignores zone names. */
import "@event-calendar/core/index.css";
import "./week-calendar.css";

import { type Calendar, createCalendar, Interaction, TimeGrid } from "@event-calendar/core";

import { currentOffset, timeOf, wallValue } from "../../time/wall-clock";
import { el } from "../element";
import { listenForSteps } from "./keys";
import type { Reservation, Settings, Span, Window } from "./types";

export interface ViewEvents {
  /** Days [from, to) came on the screen. */
  onDays: (from: string, to: string) => void;
  onSelect: (window: Window) => void;
  onMove: (reservation: Reservation, window: Window, revert: () => void) => void;
  onOpen: (reservation: Reservation) => void;
  /** The chosen stretch was pressed. */
  onDraft: () => void;
  /** A key was pressed on it; whether it moved. */
  onStep: (key: string, byEnd: boolean) => boolean;
}

export interface WeekView {
  show: (spans: readonly Span[]) => void;
  hours: (from: number, to: number) => void;
  goTo: (date: string) => void;
  /** Scrolls so that a wall-clock moment of a shown day is in sight. */
  reveal: (wall: string) => void;
  previous: () => void;
  next: () => void;
}

/** Below this the grid shows three days, each wide enough for a thumb. */
const WEEK_NEEDS = 620;
/** A stretch under 50 minutes has room for one line. */
const SHORT_MS = 50 * 60_000;
const PASSIVE = new Set(["closed", "past", "taken", "turnaround", "hold", "closure", "maintenance", "pending"]);
/** Said by the list of free windows; on the grid their shade is enough. */
const WORDLESS = new Set(["open", "closed", "past", "turnaround"]);

export function weekViewIn(root: HTMLElement, settings: Settings, events: ViewEvents): WeekView {
  listenForSteps(root, events.onStep);
  const calendar = createCalendar(root, [TimeGrid, Interaction], {
    ...appearance(settings),
    view: root.clientWidth < WEEK_NEEDS ? "threeDays" : "sevenDays",
    views: {
      threeDays: { type: "timeGridDay", duration: { days: 3 } },
      sevenDays: { type: "timeGridDay", duration: { days: 7 } },
    },
    selectable: settings.canBook,
    selectLongPressDelay: 300,
    eventLongPressDelay: 300,
    snapDuration: { minutes: settings.grid },
    eventContent: ({ event }) => ({ domNodes: [content(event.extendedProps.span as Span, settings)] }),
    datesSet: ({ startStr, endStr }) => {
      events.onDays(startStr.slice(0, 10), endStr.slice(0, 10));
    },
    select: ({ startStr, endStr }) => {
      calendar.unselect();
      events.onSelect({ start: startStr.slice(0, 16), end: endStr.slice(0, 16) });
    },
    eventClick: ({ event }) => {
      const span = event.extendedProps.span as Span;
      if (span.reservation) events.onOpen(span.reservation);
      else events.onDraft();
    },
    eventDrop: ({ event, revert }) => {
      changed(event, revert);
    },
    eventResize: ({ event, revert }) => {
      changed(event, revert);
    },
  });

  function changed(event: Calendar.Event, revert: () => void): void {
    const window = { start: wallText(event.start), end: wallText(event.end) };
    const span = event.extendedProps.span as Span;
    if (span.reservation) events.onMove(span.reservation, window, revert);
    else events.onSelect(window);
  }

  const scroll = scroller(calendar);
  return {
    show: (spans) => {
      calendar.setOption("events", spans.map((span) => input(span, settings)));
    },
    hours: (from, to) => {
      calendar.setOption("slotMinTime", `${from}:00`);
      calendar.setOption("slotMaxTime", `${to}:00`);
      scroll.again();
    },
    goTo: (date) => {
      calendar.setOption("date", date);
    },
    reveal: scroll.to,
    previous: () => { calendar.prev(); },
    next: () => { calendar.next(); },
  };
}

/** Where the night is shown too, the grid begins in sight of the day, or of what was last revealed. */
function scroller(calendar: Pick<Calendar, "setOption">): { to: (wall: string) => void; again: () => void } {
  let hour = 8;
  const again = (): void => {
    calendar.setOption("scrollTime", `${hour}:00`);
  };
  return {
    again,
    to: (wall) => {
      hour = Math.max(0, Number(timeOf(wall).slice(0, 2)) - 1);
      again();
    },
  };
}

function appearance(settings: Settings): Calendar.Options {
  return {
    locale: settings.locale,
    date: settings.date,
    firstDay: 1,
    timeZone: currentOffset(settings.zone),
    nowIndicator: true,
    allDaySlot: false,
    headerToolbar: { start: "", center: "", end: "" },
    height: "100%",
    slotHeight: 26,
    slotMinTime: "8:00",
    slotMaxTime: "18:00",
    slotEventOverlap: false,
    dayHeaderFormat: { weekday: "short", day: "numeric" },
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  };
}

const movable = (span: Span): boolean => span.kind === "draft" || span.reservation?.editable === true;

function input(span: Span, settings: Settings): Calendar.EventInput {
  return {
    id: `${span.kind}|${span.start}|${span.end}`,
    start: `${span.start}:00`,
    end: `${span.end}:00`,
    title: span.kind === "open" ? "" : settings.texts[span.kind],
    display: PASSIVE.has(span.kind) ? "background" : "auto",
    startEditable: movable(span),
    durationEditable: movable(span),
    classNames: ["span", `span-${span.kind}`],
    extendedProps: { span },
  };
}

/** The word and the time, so that a stretch is read and not guessed from its colour. */
function content(span: Span | undefined, settings: Settings): HTMLElement {
  // The stretch being dragged has no span yet.
  if (!span || span.kind === "open") return el("span");
  const time = `${timeOf(span.start)}–${timeOf(span.end)}`;
  const word = settings.texts[span.kind];
  if (WORDLESS.has(span.kind)) return el("span", { class: "span-word", title: `${word} ${time}` });
  const short = wallValue(span.end) - wallValue(span.start) < SHORT_MS;
  const keys = span.kind === "draft" ? el("span", { class: "sr-only" }, ` (${settings.texts.draft_keys}) `) : null;
  return el("span", { class: "span-word", title: `${word} ${time}` }, word, keys, el("small", { class: short ? "sr-only" : null }, time));
}

/** The component hands out Dates whose local fields are the wall clock. */
function wallText(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Times, windows and money in the page's language. Wall clocks are formatted as UTC: the zone never enters. */
import { dateOf, timeOf, wallValue } from "../../time/wall-clock";
import type { Window } from "./types";

export interface Formats {
  window: (window: Window) => string;
  range: (first: string, last: string) => string;
  money: (fen: number, currency: string) => string;
}

export function formats(locale: string): Formats {
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
  const days = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
  const dayName = (wall: string): string => day.format(wallValue(wall));
  return {
    window: ({ start, end }) => {
      const until = dateOf(start) === dateOf(end) ? timeOf(end) : `${dayName(end)} ${timeOf(end)}`;
      return `${dayName(start)} ${timeOf(start)}–${until}`;
    },
    range: (first, last) => days.formatRange(wallValue(first), wallValue(last)),
    money: (fen, currency) =>
      new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(fen / 100),
  };
}

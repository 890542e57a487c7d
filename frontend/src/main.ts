/**
 * The one entry of every page: styles, htmx under the strict policy, and the islands that the page names.
 * The calendar, the painter and the chart load when a page has one of them.
 */
import "./styles/main.css";

import htmx from "htmx.org";

import { browser, guardTyped, keepTyped, restoreTyped } from "./forms/language";
import { chooseByTyping } from "./chosen-by-typing";
import { showCurrent } from "./current-link";
import { keepFocus } from "./kept-focus";
import { LiveClient } from "./live/client";
import { registerIslands } from "./islands/registry";
import { mountLiveItem } from "./islands/live-list";
import { mountLiveStatus } from "./islands/live-status";

// The policy allows neither eval nor the style element htmx would add for its indicators.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  scrollIntoViewOnBoost: false,
  historyCacheSize: 0,
  // Back and forward load the page anew: an address always shows what is true now.
  refreshOnHistoryMiss: true,
});

/** Fields left empty stay out of the address. */
document.addEventListener("htmx:configRequest", (event) => {
  const { verb, formData } = (event as CustomEvent<{ verb: string; formData: FormData }>).detail;
  if (verb !== "get") return;
  for (const name of new Set(formData.keys())) {
    if (formData.getAll(name).every((value) => value === "")) formData.delete(name);
  }
});

chooseByTyping(document);
showCurrent(document);
keepFocus(document);
const around = browser();
restoreTyped(document, around);
keepTyped(document, around, guardTyped(document, window));
const live = new LiveClient();

const mount = registerIslands({
  "live-status": (element) => {
    mountLiveStatus(element, live);
  },
  "live-item": (element) => {
    mountLiveItem(element, live, htmx);
  },
  "week-calendar": async (element) => {
    (await import("./islands/week-calendar/index")).mountWeekCalendar(element, live, htmx);
  },
  "hours-painter": async (element) => {
    (await import("./islands/hours-painter/index")).mountHoursPainter(element);
  },
  "usage-chart": async (element) => {
    (await import("./islands/usage-chart/index")).mountUsageChart(element);
  },
});

htmx.onLoad((element) => {
  if (element instanceof HTMLElement) mount(element);
});
mount(document.body);

/**
 * The one entry of every page: styles, htmx under the strict policy, and the islands that the page names.
 * The calendar, the painter and the chart load when a page has one of them.
 */
import "./styles/main.css";

import htmx from "htmx.org";

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
});

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

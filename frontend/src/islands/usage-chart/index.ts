/**
 * Bars of open, booked and used hours, drawn from a table on the page.
 *
 *     <div data-island="usage-chart" data-table="utilisation" data-layout="rows" class="chart-frame" aria-hidden="true"></div>
 *     <table id="utilisation">
 *       <thead><tr><th>…</th><th data-series="open">Open hours</th><th data-series="booked">…</th></tr></thead>
 *       <tbody><tr data-label="Keqiao Textile Lab" data-open="812.5" data-booked="403">…</tr></tbody>
 *     </table>
 *
 * data-layout: `rows` lays the bars on their side, so that long names stay readable; `columns` is for time.
 * The table is the accessible source; the picture is hidden from screen readers.
 */
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

import { type Figures, figuresOf } from "./rows";

use([BarChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** Solid, hatched, outlined: the series differ by shape as well as by shade. */
const STYLES: Readonly<Record<string, object>> = {
  open: { color: "transparent", borderWidth: 1.5, borderType: "solid" },
  booked: { opacity: 0.55 },
  used: {},
};

export function mountUsageChart(element: HTMLElement): void {
  const table = document.getElementById(element.dataset.table ?? "");
  if (!(table instanceof HTMLTableElement)) return;
  const figures = figuresOf(table);
  const chart = init(element, null, { renderer: "svg" });
  const draw = (): void => {
    const lying = element.dataset.layout === "rows";
    chart.setOption(options(figures, getComputedStyle(element), lying ? namesWidth(element) : null), true);
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => {
    chart.resize();
    draw();
  }).observe(element);
}

/** Names may take a third of the picture. */
const namesWidth = (element: HTMLElement): number => Math.min(220, Math.round(element.clientWidth / 3));

/** The chart takes its colours from the page's theme. names: how wide names may be beside lying bars, null: columns. */
function options({ labels, series }: Figures, style: CSSStyleDeclaration, names: number | null): EChartsCoreOption {
  const text = style.color;
  const primary = style.getPropertyValue("--color-primary").trim();
  const line = style.getPropertyValue("--color-base-300").trim();
  const font = { color: text, fontFamily: style.fontFamily };
  const groups = {
    type: "category", data: labels, inverse: names !== null, axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
    axisLabel: { ...font, interval: names === null ? "auto" : 0, width: names ?? 110, overflow: "truncate" },
  };
  const values = { type: "value", splitLine: { lineStyle: { color: line } }, axisLabel: { ...font, hideOverlap: true } };
  return {
    animation: false,
    color: [primary],
    textStyle: font,
    legend: { top: 0, left: 0, textStyle: font, itemWidth: 14, itemHeight: 10 },
    grid: { left: 0, right: 8, top: 36, bottom: 0, containLabel: true },
    // Drawn on the picture itself: an HTML tooltip would need inline styles, which the page's policy refuses.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    ...(names === null ? { xAxis: groups, yAxis: values } : { xAxis: values, yAxis: groups }),
    series: series.map(({ key, name, values }) => ({
      name, type: "bar", data: values, barMaxWidth: 26, barGap: "10%",
      itemStyle: { color: primary, borderColor: primary, borderRadius: names === null ? [2, 2, 0, 0] : [0, 2, 2, 0], ...STYLES[key] },
    })),
  };
}

/**
 * Weekly opening hours painted on a grid, with the exact times beside it.
 *
 *     <script id="hours-settings" type="application/json">{"tiers": ["internal", …], "grid": {GridTexts}}</script>
 *     <div data-island="hours-painter" data-settings="hours-settings">
 *       <fieldset data-part="audience" hidden><input type="checkbox" value="internal" checked>…</fieldset>
 *       <input type="checkbox" data-part="off-peak">
 *       <div data-part="grid"></div>
 *       <ul data-part="bands" data-not-kept>
 *         <li data-band>
 *           <input type="checkbox" data-field="weekdays" name="band-0-weekdays" value="MO">…
 *           <input type="time" data-field="start" name="band-0-start">
 *           <input type="time" data-field="end" name="band-0-end">
 *           <input type="checkbox" data-field="tiers" name="band-0-tiers" value="internal">…
 *           <input type="checkbox" data-field="off_peak" name="band-0-off_peak" value="1">
 *           <button type="button" data-action="remove" hidden>…</button>
 *         </li>
 *       </ul>
 *       <template data-part="row">…the same row with __n__ for its number…</template>
 *       <button type="button" data-action="add" hidden>…</button>
 *       <input type="hidden" name="bands" data-part="value" disabled>
 *     </div>
 *
 * Without a script the rows are the form. With it the hidden input, then enabled, carries all bands as JSON.
 */
import "./hours-painter.css";

import { part } from "../element";
import { readSettings } from "../texts";
import { type Band, bandsOf, DAY, hoursOf, paint, tiersOpen, without } from "./bands";
import { type GridTexts, HoursGrid, STEP, type Stroke } from "./grid";
import { rowsIn } from "./rows";

interface Settings {
  tiers: readonly string[];
  grid: GridTexts;
}

export function mountHoursPainter(element: HTMLElement): void {
  const { tiers, grid: texts } = readSettings<Settings>(element);
  const value = part<HTMLInputElement>(element, "value");
  const audience = part(element, "audience");
  const offPeak = part<HTMLInputElement>(element, "off-peak");
  const chosen = (): string[] =>
    [...audience.querySelectorAll<HTMLInputElement>("input:checked")].map((input) => input.value);

  const keep = (): void => {
    value.value = JSON.stringify(rows.typed());
    const bands = rows.read();
    grid.show(hoursOf(bands, tiers), hoursOf(bands.filter((band) => band.off_peak), tiers), chosen());
  };
  const rows = rowsIn(element, keep);
  const grid = new HoursGrid(part(element, "grid"), texts, (stroke) => {
    rows.write(painted(rows.read(), tiers, chosen(), stroke, offPeak.checked));
    keep();
  });
  audience.addEventListener("change", keep);

  value.disabled = false;
  // What was painted before the language changed.
  if (value.value) rows.write(JSON.parse(value.value) as Band[]);
  element.querySelectorAll<HTMLElement>("[hidden]:not(input)").forEach((shown) => {
    shown.hidden = false;
  });
  keep();
}

/** A stroke that begins on a cell already open in that way closes what it covers, else it opens. */
function painted(
  bands: readonly Band[], tiers: readonly string[], chosen: readonly string[], stroke: Stroke, asOffPeak: boolean,
): Band[] {
  let hours = hoursOf(bands, tiers);
  let offPeak = hoursOf(bands.filter((band) => band.off_peak), tiers);
  const first = stroke.began.day * DAY + stroke.began.row * STEP;
  const open = tiersOpen(asOffPeak ? offPeak : without(hours, offPeak), first, first + STEP);
  const opens = !chosen.every((tier) => open.includes(tier));
  for (const day of stroke.days) {
    const [from, to] = [day * DAY + stroke.from, day * DAY + stroke.to];
    hours = paint(hours, chosen, from, to, opens);
    offPeak = paint(offPeak, chosen, from, to, opens && asOffPeak);
  }
  return [...bandsOf(without(hours, offPeak)), ...bandsOf(offPeak).map((band) => ({ ...band, off_peak: true as const }))];
}

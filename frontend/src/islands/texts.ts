/**
 * Settings and words of an island come from the page, written by Django's json_script, so that no sentence
 * lives in a script and both languages are translated in one catalogue.
 *
 *     <script id="week-calendar-settings" type="application/json">{"texts": {"booked": "Booked"}, …}</script>
 *     <section data-island="week-calendar" data-settings="week-calendar-settings">
 */
export function readSettings<Settings>(element: HTMLElement): Settings {
  const id = element.dataset.settings ?? "";
  const block = document.getElementById(id);
  if (!block) throw new Error(`no settings block #${id}`);
  return JSON.parse(block.textContent) as Settings;
}

/** `fill("{start} to {end}", {start: "09:00", end: "10:00"})`; unknown names stay visible. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

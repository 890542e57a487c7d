/**
 * Where htmx replaces what has the focus, it gives it back to the element of the same id. Where there is none any
 * more, or it can't be seen, the focus would fall to the page's start; instead it goes to what the target names:
 *
 *     <div id="found" data-focus="#results">…<section id="results" tabindex="-1">…</section></div>
 */
export function keepFocus(page: Document): void {
  let next: string | undefined;
  page.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.target as HTMLElement;
    next = target.contains(page.activeElement) ? target.dataset.focus : undefined;
  });
  page.addEventListener("htmx:afterSettle", () => {
    if (next && page.activeElement === page.body) page.querySelector<HTMLElement>(next)?.focus({ preventScroll: true });
    next = undefined;
  });
}

/**
 * Who types into what belongs to a choice means that choice:
 *
 *     <span data-chosen-by-typing><input type="radio" …> <input type="datetime-local" …></span>
 */
export function chooseByTyping(page: Document): void {
  page.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type === "radio") return;
    const choice = target.closest("[data-chosen-by-typing]")?.querySelector<HTMLInputElement>('input[type="radio"]');
    if (choice) choice.checked = true;
  });
}

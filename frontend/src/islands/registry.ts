/**
 * Binds scripts to elements that name them, now and after every htmx swap.
 *
 *     <section data-island="week-calendar" …>…</section>
 *
 * An island is mounted once per element; one that fails leaves the page as the server rendered it.
 */
export type Mount = (element: HTMLElement) => void | Promise<void>;

export function registerIslands(islands: Readonly<Record<string, Mount>>): (root: HTMLElement) => void {
  const mounted = new WeakSet<HTMLElement>();

  const mountOne = (element: HTMLElement): void => {
    const name = element.dataset.island ?? "";
    const island = islands[name];
    if (!island || mounted.has(element)) return;
    mounted.add(element);
    Promise.resolve()
      .then(() => island(element))
      .catch((error: unknown) => {
        console.error(`island ${name} failed`, error);
      });
  };

  return (root) => {
    if (root.dataset.island) mountOne(root);
    root.querySelectorAll<HTMLElement>("[data-island]").forEach(mountOne);
  };
}

/**
 * Changing the language loads the page anew; what was typed comes along.
 *
 *     <body data-posted>                                     the page answers a form: what stands in its forms was typed
 *     <form method="post" data-language data-lost="…?" data-files="…?"><input name="next"><button name="language">…
 *     <form method="post" data-redraws>                      sent without a button it is only shown again
 *     <ul data-not-kept>                                     its island carries this in a field of its own
 *
 * A form that redraws is sent in the new language. The others are put into the page that comes, after a look whether
 * everything has a place there; where something has none, as chosen files never have, the person decides.
 */
import { asks, type Filled, hasFiles, isTyped, refill, writingForms } from "./values";

const KEY = "typed-before-the-language-changed";

export interface Surroundings {
  store: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  fetch: typeof fetch;
  confirm: (question: string) => boolean;
  path: () => string;
}

export const browser = (): Surroundings => ({
  store: window.sessionStorage,
  fetch: window.fetch.bind(window),
  confirm: (question) => window.confirm(question),
  path: () => window.location.pathname + window.location.search,
});

/** Puts into the page what was typed before it changed its language. Before islands mount: they read the fields. */
export function restoreTyped(page: Document, { store, path }: Surroundings): void {
  const kept = store.getItem(KEY);
  if (kept === null) return;
  store.removeItem(KEY);
  refill(page, path(), JSON.parse(kept) as Filled[]);
}

/** onLeave: the page is left with consent. */
export function keepTyped(page: Document, around: Surroundings, onLeave: () => void): void {
  let isSure = false;
  page.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.hasAttribute("data-language")) return;
    // The address may have changed since the page came, as that of a search does.
    form.querySelector('input[name="next"]')?.setAttribute("value", around.path());
    const typed = isSure ? [] : typedForms(page, around.path());
    isSure = false;
    if (!typed.length) {
      onLeave();
      return;
    }
    event.preventDefault();
    void leave(form, event.submitter, typed).then((goesOn) => {
      if (!goesOn) return;
      isSure = true;
      form.requestSubmit(event.submitter);
    });
  });

  /** Whether the page is to be loaded in the other language now. */
  async function leave(form: HTMLFormElement, pressed: HTMLElement | null, typed: Typed): Promise<boolean> {
    if (typed.some(([each]) => hasFiles(each)) && !around.confirm(form.dataset.files ?? "")) return false;
    const redrawn = typed.find(([each]) => each.hasAttribute("data-redraws"))?.[0];
    if (redrawn) {
      const chosen = new FormData(form, pressed);
      await around.fetch(form.action, { method: "POST", body: chosen, redirect: "manual" });
      onLeave();
      redrawn.submit();
      return false;
    }
    const filled = typed.map(([, each]) => each);
    if (!(await fits(filled))) return around.confirm(form.dataset.lost ?? "");
    around.store.setItem(KEY, JSON.stringify(filled));
    return true;
  }

  async function fits(filled: readonly Filled[]): Promise<boolean> {
    try {
      const answer = await around.fetch(around.path());
      if (!answer.ok) return false;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      return refill(next, answer.url ? new URL(answer.url).pathname : around.path(), filled);
    } catch {
      return false;
    }
  }
}

type Typed = [HTMLFormElement, Filled][];

function typedForms(page: Document, path: string): Typed {
  const isPosted = page.body.hasAttribute("data-posted");
  const holds = (form: HTMLFormElement): boolean => asks(form) || form.hasAttribute("data-redraws");
  return [...writingForms(page, path)].filter(([form]) => isTyped(form) || hasFiles(form) || (isPosted && holds(form)));
}

/** Asks before a page is left on which a form marked `data-guarded` has something typed that was not sent. */
export function guardTyped(page: Document, view: Window): () => void {
  let mayLeave = false;
  const letGo = (): void => { mayLeave = true; };
  view.addEventListener("beforeunload", (event) => {
    const guarded = [...page.querySelectorAll<HTMLFormElement>("form[data-guarded]")];
    if (!mayLeave && guarded.some((form) => isTyped(form) || hasFiles(form))) event.preventDefault();
  });
  page.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && (event.target as HTMLFormElement).method === "post") letGo();
  });
  // Come back to from the browser's memory, the page is as it was left.
  view.addEventListener("pageshow", ({ persisted }) => { mayLeave &&= !persisted; });
  return letGo;
}

import { beforeEach, expect, test, vi } from "vitest";

import { guardTyped, keepTyped, restoreTyped, type Surroundings } from "./language";

const FORM = `<form method="post" action="/rules/"><input type="hidden" name="csrfmiddlewaretoken" value="old">
  <input type="hidden" name="version" value="3">
  <select name="mode"><option value="inherit">Inherit</option><option value="value">Own</option></select>
  <details><input name="limit" value=""><textarea name="reason"></textarea></details>
  <input type="checkbox" name="day" value="MO" checked><input type="checkbox" name="day" value="TU">
  <input type="hidden" name="bands" disabled><ul data-not-kept><input name="row-7"></ul><button name="save">Save</button></form>`;
const LANGUAGE = `<form method="post" data-language data-lost="lost?" data-files="files?" action="/i18n/">
  <input type="hidden" name="next" value="/old/"><button name="language" value="en">English</button></form>`;

let stored: Record<string, string>;
let around: Surroundings & { confirm: ReturnType<typeof vi.fn>; fetch: ReturnType<typeof vi.fn> };
const onLeave = vi.fn();
const sent = vi.fn();

const control = <Kind extends HTMLElement = HTMLInputElement>(selector: string): Kind => document.querySelector<Kind>(selector)!;

/** The page as the server sends it; a new one each time, because listeners stay with a document. */
function shows(html: string, posted = false): void {
  document.body.innerHTML = LANGUAGE + html;
  document.body.toggleAttribute("data-posted", posted);
}

async function press(): Promise<void> {
  control("[data-language] button").click();
  await new Promise((done) => setTimeout(done));
}

keepTyped(document, new Proxy({} as Surroundings, { get: (_, name) => around[name as keyof Surroundings] }), onLeave);
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) sent((event.target as HTMLElement).hasAttribute("data-language"));
  event.preventDefault();
});

beforeEach(() => {
  vi.clearAllMocks();
  stored = {};
  around = {
    store: {
      getItem: (key) => stored[key] ?? null,
      setItem: (key, value) => { stored[key] = value; },
      removeItem: (key) => { stored = Object.fromEntries(Object.entries(stored).filter(([name]) => name !== key)); },
    },
    fetch: vi.fn(() => Promise.resolve(new Response(LANGUAGE + FORM))),
    confirm: vi.fn(() => false),
    path: () => "/rules/?tab=2",
  };
});

test("nothing typed: the language changes at once, and the page stays where the address is by now", async () => {
  shows(FORM);
  await press();
  expect(sent).toHaveBeenCalledWith(true);
  expect(around.fetch).not.toHaveBeenCalled();
  expect(control('[name="next"]').value).toBe("/rules/?tab=2");
});

test("what was typed is in the page that comes, and folded parts that hold it are open", async () => {
  shows(FORM);
  control<HTMLSelectElement>("select").value = "value";
  control('[name="limit"]').value = "90";
  control<HTMLTextAreaElement>("textarea").value = "more\nlines";
  control('[value="MO"]').checked = false;
  control('[value="TU"]').checked = true;
  control('[name="version"]').value = "2";
  control('[name="bands"]').disabled = false;
  control('[name="bands"]').value = "[7]";
  await press();
  expect(sent).toHaveBeenCalledOnce();
  expect(onLeave).toHaveBeenCalledOnce();
  shows(FORM.replace('value="old"', 'value="new"'));
  restoreTyped(document, around);
  expect(Object.fromEntries(new FormData(control<HTMLFormElement>('[action="/rules/"]')))).toMatchObject({
    csrfmiddlewaretoken: "new", version: "2", mode: "value", limit: "90", reason: "more\nlines", day: "TU",
  });
  expect(control<HTMLDetailsElement>("details").open).toBe(true);
  expect(control('[name="bands"]').value).toBe("[7]");
  expect(stored).toEqual({});
});

test("a page that answers a form keeps what stands there, typed since or not", async () => {
  shows(FORM.replace('name="limit" value=""', 'name="limit" value="0"'), true);
  await press();
  shows(FORM);
  restoreTyped(document, around);
  expect(control('[name="limit"]').value).toBe("0");
});

test("no place for it: the person decides, and nothing is lost unasked", async () => {
  around.fetch.mockResolvedValue(new Response(LANGUAGE));
  shows(FORM);
  control('[name="limit"]').value = "90";
  await press();
  expect(around.confirm).toHaveBeenCalledWith("lost?");
  expect(sent).not.toHaveBeenCalled();
  around.confirm.mockReturnValue(true);
  await press();
  expect(sent).toHaveBeenCalledWith(true);
  expect(stored).toEqual({});
});

test("a form that redraws is sent in the new language", async () => {
  shows(FORM.replace("<form", "<form data-redraws"));
  const submit = vi.spyOn(control<HTMLFormElement>("[data-redraws]"), "submit").mockReturnValue();
  control('[name="limit"]').value = "90";
  await press();
  const [address, { body }] = around.fetch.mock.calls[0] as [string, { body: FormData }];
  expect([new URL(address).pathname, body.get("language"), body.get("next")]).toEqual(["/i18n/", "en", "/rules/?tab=2"]);
  expect(submit).toHaveBeenCalledOnce();
  expect(sent).not.toHaveBeenCalled();
});

test("leaving asks only where something is typed, marked and not sent", () => {
  shows(FORM.replace("<form", "<form data-guarded"));
  const view = new EventTarget() as Window;
  const letGo = guardTyped(document, view);
  const isAsked = (): boolean => !view.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  expect(isAsked()).toBe(false);
  control('[name="limit"]').value = "90";
  expect(isAsked()).toBe(true);
  letGo();
  expect(isAsked()).toBe(false);
});

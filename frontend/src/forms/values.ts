/** What stands in the forms of a page: read, compared with what the server sent, put into the same page again. */
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Value and, of boxes, whether it is ticked; nth: among those of its name. */
interface Value {
  name: string;
  nth: number;
  text: string;
  ticked: boolean;
}

/** A form is known by where it is sent, and which of those it is. */
export interface Filled {
  path: string;
  nth: number;
  values: Value[];
}

const NOT_KEPT = new Set(["submit", "button", "image", "reset", "file", "password"]);

/** Whether somebody typed into a form since it came. */
export const isTyped = (form: HTMLFormElement): boolean => shownIn(form).some(differs);

export const hasFiles = (form: HTMLFormElement): boolean =>
  [...form.querySelectorAll<HTMLInputElement>('input[type="file"]')].some(({ files }) => files?.length);

/** The forms that write something; the page's path stands for those that are sent to the page itself. */
export function writingForms(page: Document, path: string): Map<HTMLFormElement, Filled> {
  const seen = new Map<string, number>();
  const forms = [...page.querySelectorAll<HTMLFormElement>('form[method="post"]:not([data-language])')];
  return new Map(forms.map((form) => {
    const target = new URL(form.getAttribute("action") ?? "", `http://page${path}`).pathname;
    const nth = seen.get(target) ?? 0;
    seen.set(target, nth + 1);
    return [form, { path: target, nth, values: valuesOf(form) }];
  }));
}

/** Whether there is anything to fill in besides pressing a button. */
export const asks = (form: HTMLFormElement): boolean => shownIn(form).length > 0;

/** Fills the same forms of a page. False, and nothing is filled: some value has no place there. */
export function refill(page: Document, path: string, kept: readonly Filled[]): boolean {
  const forms = [...writingForms(page, path)];
  const places: [Control, Value][] = [];
  for (const filled of kept) {
    const form = forms.find(([, { path: target, nth }]) => target === filled.path && nth === filled.nth)?.[0];
    for (const value of filled.values) {
      const control = form && controlsOf(form).filter(({ name }) => name === value.name)[value.nth];
      if (!control) return false;
      places.push([control, value]);
    }
  }
  places.forEach(([control, value]) => { put(control, value); });
  return true;
}

function put(control: Control, { text, ticked }: Value): void {
  if (isBox(control)) control.checked = ticked;
  else if (control instanceof HTMLSelectElement && control.multiple) {
    const chosen = JSON.parse(text) as string[];
    for (const option of control.options) option.selected = chosen.includes(option.value);
  } else control.value = text;
  if (control.type === "hidden" || !differs(control)) return;
  const folded = control.closest("details");
  if (folded) folded.open = true;
}

function valuesOf(form: HTMLFormElement): Value[] {
  const seen = new Map<string, number>();
  return controlsOf(form).filter(({ disabled }) => !disabled).map((control) => {
    const nth = seen.get(control.name) ?? 0;
    seen.set(control.name, nth + 1);
    return { name: control.name, nth, text: textOf(control), ticked: isBox(control) && control.checked };
  });
}

/** Those that are disabled too: an island may use one only once it is mounted. */
function controlsOf(form: HTMLFormElement): Control[] {
  const all = [...form.querySelectorAll<Control>("input[name], select[name], textarea[name]")];
  return all.filter((control) =>
    control.name !== "csrfmiddlewaretoken" && !NOT_KEPT.has(control.type) && !control.closest("[data-not-kept]"));
}

const shownIn = (form: HTMLFormElement): Control[] => {
  const all = [...form.querySelectorAll<Control>("input[name], select[name], textarea[name]")];
  return all.filter(({ type, disabled }) => type !== "hidden" && !disabled && !NOT_KEPT.has(type));
};

const isBox = (control: Control): control is HTMLInputElement => control.type === "checkbox" || control.type === "radio";

function textOf(control: Control): string {
  if (!(control instanceof HTMLSelectElement && control.multiple)) return control.value;
  return JSON.stringify([...control.selectedOptions].map(({ value }) => value));
}

function differs(control: Control): boolean {
  if (isBox(control)) return control.checked !== control.defaultChecked;
  if (!(control instanceof HTMLSelectElement)) return control.value !== control.defaultValue;
  const options = [...control.options];
  const marked = options.filter(({ defaultSelected }) => defaultSelected);
  // A list in which nothing is marked shows its first entry.
  const sent = marked.length || control.multiple ? marked : options.slice(0, 1);
  return options.some((option) => option.selected !== sent.includes(option));
}

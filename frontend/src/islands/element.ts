/** Builds elements without markup in strings: text stays text, whatever a server or a person wrote. */
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `el("p", { class: "note" }, "text", child)`; `true` writes an empty attribute, `false` and null none. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The element of an island's own HTML that plays a part: `<… data-part="panel">`. */
export function part<Kind extends HTMLElement = HTMLElement>(root: ParentNode, name: string): Kind {
  const found = root.querySelector<Kind>(`[data-part="${name}"]`);
  if (!found) throw new Error(`the island needs an element with data-part="${name}"`);
  return found;
}

export function button(label: string, className: string, onClick: () => void): HTMLButtonElement {
  const element = el("button", { type: "button", class: className }, label);
  element.addEventListener("click", onClick);
  return element;
}

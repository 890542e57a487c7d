/** What stands beside the grid: the price, every broken rule with its way out, and what became of a booking. */
import type { Alternative, Violation } from "../../api/client";
import { wallOf } from "../../time/wall-clock";
import { button, el } from "../element";
import { fill } from "../texts";
import type { Formats } from "./format";
import type { Quote, Reservation, Settings, Window } from "./types";

export interface Refusal {
  title: string;
  violations: readonly Violation[];
  alternatives: readonly Alternative[];
}

type Content = (Node | string | null)[];

export class Panel {
  constructor(
    readonly root: HTMLElement,
    readonly settings: Settings,
    readonly format: Formats,
    readonly use: (window: Window) => void,
  ) {}

  choose(): void {
    this.#show(null, el("p", { class: "muted" }, this.settings.texts.choose));
  }

  /** The old price stays, dimmed, until the new one is here: nothing jumps while one types. */
  quoting(): void {
    if (!this.root.querySelector("dl")) this.#show(null, el("p", { class: "muted" }, this.settings.texts.quoting));
    this.root.setAttribute("aria-busy", "true");
  }

  /** Takes the focus before what has it is replaced. The price is read out from here, and Tab leads on to it. */
  hold(): void {
    this.root.focus({ preventScroll: true });
    this.#scroll();
  }

  quote(quote: Quote, window: Window): void {
    const { texts } = this.settings;
    const price = priceList(quote, texts, this.format);
    const chosen = this.format.window(window);
    const approval = quote.needs_approval ? el("p", {}, texts.needs_approval) : null;
    if (quote.ok) this.#show(chosen, el("p", { class: "fits" }, texts.fits), approval, price);
    else {
      const broken = this.#broken(quote.violations);
      this.#show(texts.broken, el("p", {}, chosen), broken, this.#wait(quote.violations, window), this.#others(quote.alternatives), price);
    }
    if (document.activeElement === this.root) this.#scroll();
  }

  refused({ title, violations, alternatives }: Refusal): void {
    this.#show(title, this.#broken(violations), this.#others(alternatives));
    this.#focus();
  }

  signedOut(): void {
    const { texts, addresses } = this.settings;
    this.#show(texts.signed_out, el("a", { href: addresses.signIn, class: "btn btn-primary btn-sm" }, texts.sign_in));
    this.#focus();
  }

  booked(reservation: Reservation): void {
    const { texts, addresses } = this.settings;
    const asked = reservation.status === "requested";
    const when = fill(asked ? texts.requested_body : texts.booked_body, { window: this.format.window(reservation) });
    this.#show(asked ? texts.requested : texts.booked, el("p", {}, when), el("a", { href: `${addresses.bookings}${reservation.id}/`, class: "link" }, texts.see_bookings));
    this.root.querySelector(".panel-title")?.classList.add("done");
    this.#focus();
  }

  own(reservation: Reservation): void {
    const { texts, addresses } = this.settings;
    const window = { start: wallOf(reservation.start), end: wallOf(reservation.end) };
    const address = `${addresses.bookings}${reservation.id}/cancel/`;
    const cancel = reservation.cancellable ? el("a", { href: address, class: "btn btn-sm btn-outline" }, texts.cancel) : null;
    const hint = reservation.editable ? el("p", { class: "muted" }, texts.move_hint) : null;
    this.#show(texts.your_booking, el("p", {}, this.format.window(window)), el("p", {}, reservation.purpose), hint, cancel);
    this.#focus();
  }

  moved(window: Window, undo: () => void): void {
    const { texts } = this.settings;
    this.#show(texts.moved, el("p", {}, this.format.window(window)), button(texts.undo, "btn btn-sm btn-outline", undo));
    this.#focus();
  }

  note(text: string): void {
    this.#show(null, el("p", { class: "muted" }, text));
  }

  #show(heading: string | null, ...content: Content): void {
    const title = heading === null ? null : el("h3", { tabindex: -1, class: "panel-title" }, heading);
    this.root.removeAttribute("aria-busy");
    this.root.replaceChildren(...[title, ...content].filter((child) => child !== null));
  }

  /** A person's own action led here: the heading gets the focus and comes into sight. */
  #focus(): void {
    this.root.querySelector<HTMLElement>(".panel-title")?.focus({ preventScroll: true });
    this.#scroll();
  }

  #scroll(): void {
    this.root.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  #useButton(window: Window, label: string): HTMLButtonElement {
    return button(label, "btn btn-sm btn-outline", () => {
      this.use(window);
    });
  }

  #broken(violations: readonly Violation[]): Node | null {
    if (violations.length === 0) return null;
    return el("ul", { class: "problem-list" }, ...violations.map((violation) => this.#violation(violation)));
  }

  #violation({ code, message, nearest }: Violation): HTMLLIElement {
    const about = this.#aboutRule(code);
    if (!nearest) return el("li", { class: "problem" }, message, about);
    const window = { start: wallOf(nearest.start), end: wallOf(nearest.end) };
    const label = fill(this.settings.texts.use_window, { window: this.format.window(window) });
    return el("li", { class: "problem" }, message, this.#useButton(window, label), about);
  }

  /** In a new tab: the chosen window stays. */
  #aboutRule(code: string): HTMLAnchorElement {
    const { addresses, texts } = this.settings;
    const opens = el("span", { class: "sr-only" }, ` ${texts.new_tab}`);
    return el("a", { href: `${addresses.rules}#${code}`, class: "link", target: "_blank", rel: "noopener" }, texts.about_rule, opens);
  }

  /** Only taken time stands in the way: somebody may give it back. */
  #wait(violations: readonly Violation[], { start, end }: Window): Node | null {
    const { addresses, canBook, texts, waitable } = this.settings;
    if (!canBook || violations.length === 0 || !violations.every(({ code }) => waitable.includes(code))) return null;
    const address = `${addresses.wait}?${new URLSearchParams({ start, end }).toString()}`;
    return el("p", {}, el("a", { href: address, class: "btn btn-sm btn-outline" }, texts.wait));
  }

  #others(alternatives: readonly Alternative[]): Node | null {
    if (alternatives.length === 0) return null;
    const rows = alternatives.map((alternative) => el("li", {}, this.#alternative(alternative)));
    return el("div", {}, el("h4", {}, this.settings.texts.alternatives), el("ul", { class: "alternatives" }, ...rows));
  }

  #alternative({ instrument, start, end }: Alternative): Node {
    const window = { start: wallOf(start), end: wallOf(end) };
    const label = this.format.window(window);
    if (typeof instrument === "number" || instrument.id === this.settings.instrument) return this.#useButton(window, label);
    const query = new URLSearchParams({ start: window.start, end: window.end }).toString();
    const address = `${fill(this.settings.addresses.instrument, { slug: instrument.slug })}?${query}`;
    return el("a", { href: address, class: "link" }, fill(this.settings.texts.at_other, { name: instrument.name, window: label }));
  }
}

function priceList(quote: Quote, texts: Settings["texts"], format: Formats): HTMLElement {
  const money = (fen: number): string => format.money(fen, quote.currency);
  const row = (label: string, detail: string | null, amount: number, kind = ""): HTMLElement =>
    el("div", { class: kind },
      el("dt", {}, label, detail === null ? null : el("small", {}, detail)),
      el("dd", {}, money(amount)));
  const lines = quote.lines.map((line) =>
    row(line.label, fill(texts.unit_price, { price: money(line.unit_fen), quantity: line.quantity, unit: line.unit === "hour" ? texts.hour : line.unit }), line.amount_fen));
  const offset = quote.voucher_fen === 0
    ? []
    : [row(texts.voucher, null, -quote.voucher_fen), row(texts.payable, null, quote.payable_fen, "sum")];
  return el("dl", { class: "price-list" }, ...lines, row(texts.total, null, quote.total_fen, "sum"), ...offset);
}

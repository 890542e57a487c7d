/**
 * Seven days of one instrument: opening hours, what is taken, one's own bookings; choose a window by dragging or
 * typing, see price and broken rules, book, move. Stays current through the live client.
 *
 *     <script id="week-calendar-settings" type="application/json">{…}</script>      (Settings in types.ts)
 *     <section data-island="week-calendar" data-settings="week-calendar-settings">
 *       <a data-part="previous" href="?week=…">…</a> <h2 data-part="range">…</h2> <a data-part="next" href="?week=…">…</a>
 *       <div data-part="grid"></div>
 *       <form data-part="form" method="post">
 *         <input data-part="start-date" type="date" …> <input data-part="start-time" type="time" …>
 *         <input data-part="end-date" …> <input data-part="end-time" …>
 *         <select data-detail name="places">…</select>      (optional: numbers sent with the wish)
 *         <div data-part="panel" aria-live="polite" tabindex="-1"></div>
 *         <input data-part="purpose" name="purpose"> <button data-part="book">…</button>
 *       </form>
 *       <div data-part="free-windows">…the server's list: <a id="…" href="?start=…&end=…">…</a>…</div>
 *     </section>
 *
 * Without a script the links page through weeks, the list shows what is free and the form books.
 */
import type htmx from "htmx.org";

import { newKey, Problem } from "../../api/client";
import type { Hint, LiveClient } from "../../live/client";
import { addDays, wallIn, wallOf } from "../../time/wall-clock";
import { part } from "../element";
import { readSettings } from "../texts";
import { type WindowForm, windowForm } from "./form";
import { type Formats, formats } from "./format";
import { Panel } from "./panel";
import { type Requests, requestsFor } from "./requests";
import { stepped } from "./keys";
import { closedSpans, overlaps, pastSpans, shownHours, spansOf } from "./spans";
import type { Quote, Reservation, Settings, Span, Window } from "./types";
import { type WeekView, weekViewIn } from "./view";

type Swapper = Pick<typeof htmx, "ajax">;

/** Where a window came from: the inputs, the grid, keys on the stretch, the page itself as it opened, or an offer somebody pressed. */
type Origin = "typed" | "dragged" | "stepped" | "given" | "pressed";

export function mountWeekCalendar(element: HTMLElement, live: Pick<LiveClient, "subscribe">, swapper: Swapper): void {
  const settings = readSettings<Settings>(element);
  new WeekCalendar(element, settings, swapper, weekViewIn, requestsFor(settings)).start(live);
}

/** How long typing must rest before a price is asked for. */
const REST_MS = 200;
const RESTS: ReadonlySet<Origin> = new Set<Origin>(["typed", "stepped"]);

export class WeekCalendar {
  readonly #form: WindowForm | null;
  readonly #panel: Panel;
  readonly #view: WeekView;
  readonly #format: Formats;
  #days = { from: "", to: "" };
  #hours = { from: 8, to: 18 };
  #spans: Span[] = [];
  #pending: Span[] = [];
  #draft: Window | null = null;
  #quote: Quote | null = null;
  #key = newKey();
  #asked = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #loading = false;
  #loadAgain = false;

  constructor(
    readonly element: HTMLElement,
    readonly settings: Settings,
    readonly swapper: Swapper,
    makeView: typeof weekViewIn,
    readonly requests: Requests,
  ) {
    this.#format = formats(settings.locale);
    const form = element.querySelector<HTMLFormElement>('[data-part="form"]');
    this.#form = form && windowForm(form, {
      onWindow: (window) => { this.#choose(window, "typed"); },
      onBook: () => void this.#book(),
      onEarly: () => { this.#panel.hold(); },
    });
    this.#form?.allow(false);
    this.#panel = new Panel(part(element, "panel"), settings, this.#format, (window) => { this.#choose(window, "pressed"); });
    const grid = part(element, "grid");
    grid.replaceChildren();
    this.#view = makeView(grid, settings, {
      onDays: (from, to) => { this.#showDays(from, to); },
      onSelect: (window) => { this.#choose(window, "dragged"); },
      onMove: (reservation, window, revert) => void this.#move(reservation, window, revert),
      onOpen: (reservation) => { this.#panel.own(reservation); },
      onDraft: () => { this.#panel.hold(); },
      onStep: (key, byEnd) => this.#step(key, byEnd),
    });
    this.#links();
  }

  start(live: Pick<LiveClient, "subscribe">): void {
    live.subscribe(this.settings.instrument, this.settings.revision, (hint) => { this.#changed(hint); });
    // The server has put a window into the form: the one in the address, or the first free one.
    const window = this.#form?.read();
    if (window) this.#choose(window, "given");
    else if (this.settings.canBook) this.#panel.choose();
  }

  #links(): void {
    const step = { previous: () => { this.#view.previous(); }, next: () => { this.#view.next(); } };
    for (const [name, go] of Object.entries(step)) {
      part(this.element, name).addEventListener("click", (event) => {
        event.preventDefault();
        go();
      });
    }
    if (this.#form) part(this.element, "free-windows").addEventListener("click", (event) => { this.#listed(event); });
  }

  /** A time of the list goes into the form of this very page: a new one would lose the reader's place. */
  #listed(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const asked = new URL(link?.href ?? location.href).searchParams;
    const [start, end] = [asked.get("start"), asked.get("end")];
    if (!link || !start || !end || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#choose({ start, end }, "pressed");
  }

  #showDays(from: string, to: string): void {
    this.#days = { from, to };
    part(this.element, "range").textContent = this.#format.range(from, addDays(to, -1));
    const address = new URL(location.href);
    address.searchParams.set("week", from);
    history.replaceState(history.state, "", address);
    void this.#load();
  }

  /** One request at a time; what arrives meanwhile asks for one more. */
  async #load(): Promise<void> {
    if (this.#loading) {
      this.#loadAgain = true;
      return;
    }
    this.#loading = true;
    try {
      await this.#fetch();
    } catch {
      this.#panel.note(this.settings.texts.load_failed);
    } finally {
      this.#loading = false;
    }
    if (this.#loadAgain) {
      this.#loadAgain = false;
      await this.#load();
    }
  }

  async #fetch(): Promise<void> {
    const { from, to } = this.#days;
    const [availability, own] = await Promise.all([
      this.requests.availability(from, to),
      this.settings.signedIn ? this.requests.ownBookings(from, to) : [],
    ]);
    if (from !== this.#days.from) return;
    this.#pending = [];
    if (availability) {
      this.#spans = spansOf(availability, own);
      this.#widen();
      this.#renewList();
    }
    this.#paint();
  }

  /** Hours only ever grow, so that paging through weeks does not make the grid jump. */
  #widen(): void {
    const { from, to } = shownHours(this.#spans);
    if (from >= this.#hours.from && to <= this.#hours.to) return;
    this.#hours = { from: Math.min(from, this.#hours.from), to: Math.max(to, this.#hours.to) };
    this.#view.hours(this.#hours.from, this.#hours.to);
  }

  #renewList(): void {
    const target = part(this.element, "free-windows");
    const address = `${this.settings.addresses.freeWindows}?week=${this.#days.from}`;
    void this.swapper.ajax("get", address, { target, swap: "innerHTML" });
  }

  #paint(): void {
    const draft: Span[] = this.#draft ? [{ ...this.#draft, kind: "draft" }] : [];
    const closed = closedSpans(this.#spans, this.#days.from, this.#days.to);
    const busy = this.#spans.filter(({ kind }) => kind !== "open");
    const past = pastSpans(wallIn(this.settings.zone, Date.now()), this.#days.from, this.#days.to);
    this.#view.show([...closed, ...past, ...busy, ...this.#pending, ...draft]);
  }

  #changed(hint: Hint): void {
    const window = hint.changed && this.#onTheWall(hint.changed);
    if (window) {
      // Greyed out at once; the fetched week says in a moment what it has become.
      this.#pending.push({ ...window, kind: "pending" });
      this.#paint();
    }
    if (this.#draft && (!window || overlaps(window, this.#draft))) this.#askPrice(this.#draft);
    void this.#load();
  }

  #reveal(wall: string): void {
    const { from, to } = this.#days;
    if (to && (wall < from || wall >= to)) this.#view.goTo(wall.slice(0, 10));
    this.#view.reveal(wall);
  }

  /** Hints tell instants in any offset; the grid shows the instrument's clock. */
  #onTheWall([start, end]: readonly [string, string]): Window {
    const { zone } = this.settings;
    return { start: wallIn(zone, Date.parse(start)), end: wallIn(zone, Date.parse(end)) };
  }

  #choose(window: Window | null, how: Origin): void {
    this.#draft = window;
    this.#quote = null;
    this.#key = newKey();
    this.#form?.allow(false);
    if (window && how !== "typed") this.#form?.write(window);
    if (window && how !== "dragged") this.#reveal(window.start);
    this.#paint();
    clearTimeout(this.#rest);
    if (!window) {
      this.#panel.choose();
      return;
    }
    this.#panel.quoting();
    if (how === "pressed") this.#panel.hold();
    this.#rest = setTimeout(() => { this.#askPrice(window); }, RESTS.has(how) ? REST_MS : 0);
  }

  #step(key: string, byEnd: boolean): boolean {
    const window = this.#draft && stepped(this.#draft, key, byEnd, this.settings.grid);
    if (window) this.#choose(window, "stepped");
    return window !== null;
  }

  #askPrice(window: Window): void {
    const mine = (this.#asked += 1);
    this.requests.quote(window, this.#form?.details() ?? {}).then(
      (quote) => {
        // A later question overtakes an earlier answer.
        if (mine !== this.#asked || this.#draft !== window) return;
        const now = this.#withoutLater(quote);
        this.#quote = now;
        this.#panel.quote(now, window);
        this.#form?.allow(now.ok);
      },
      (error: unknown) => {
        if (mine === this.#asked) this.#refused(error);
      },
    );
  }

  /** The quote without what the next page asks for. */
  #withoutLater(quote: Quote): Quote {
    const violations = quote.violations.filter(({ code }) => !this.settings.later.includes(code));
    return { ...quote, violations, ok: quote.ok || (violations.length === 0 && quote.violations.length > 0) };
  }

  async #book(): Promise<void> {
    if (!this.#draft || !this.#form || !this.#quote?.ok) return;
    this.#form.allow(true, true);
    try {
      const reservation = await this.requests.book(this.#draft, this.#form.purpose(), this.#form.details(), this.#key);
      this.#draft = null;
      this.#form.allow(false);
      this.#panel.booked(reservation);
    } catch (error) {
      this.#form.allow(error instanceof Problem && [0, 503].includes(error.status));
      this.#refused(error);
    }
    this.#paint();
    await this.#load();
  }

  async #move(reservation: Reservation, window: Window, revert: () => void): Promise<void> {
    const before = { start: wallOf(reservation.start), end: wallOf(reservation.end) };
    this.#panel.note(this.settings.texts.moving);
    try {
      const moved = await this.requests.move(reservation, window);
      this.#panel.moved(window, () => void this.#move(moved, before, () => undefined));
    } catch (error) {
      revert();
      this.#refused(error);
    }
    await this.#load();
  }

  #refused(error: unknown): void {
    const { texts } = this.settings;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) {
      this.#panel.signedOut();
      return;
    }
    const { violations = [], alternatives = [], detail, title } = error.body;
    const known: Record<number, string> = { 0: texts.unreachable, 409: texts.slot_taken, 503: texts.busy };
    this.#panel.refused({ title: known[error.status] ?? detail ?? title ?? texts.refused, violations, alternatives });
  }
}

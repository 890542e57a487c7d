import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Problem } from "../../api/client";
import type { Listener } from "../../live/client";
import { WeekCalendar } from "./index";
import type { Availability, Quote, Reservation, Settings, Span, Window } from "./types";
import { TEXT_NAMES, type Texts } from "./types";
import type { ViewEvents, WeekView } from "./view";

vi.mock("./view", () => ({}));

const texts = Object.fromEntries(TEXT_NAMES.map((name) => [name, name])) as unknown as Texts;
const settings: Settings = {
  instrument: 12, revision: 3, zone: "Asia/Shanghai", locale: "en-GB", date: "2026-03-02", grid: 30,
  signedIn: true, canBook: true, later: ["sample_declared"], waitable: ["place_free", "not_closed"], texts: { ...texts, use_window: "use {window}", at_other: "{name}: {window}" },
  addresses: {
    availability: "/a", quotes: "/q", reservations: "/r", bookings: "/bookings/", instrument: "/instruments/{slug}/",
    signIn: "/sign-in/", wait: "/wait/", rules: "/rules/", freeWindows: "/free/",
  },
};
const HTML = `<section><a data-part="previous"></a><h2 data-part="range"></h2><a data-part="next"></a><div data-part="grid"></div>
  <form data-part="form"><input data-part="start-date"><input data-part="start-time"><input data-part="end-date">
  <input data-part="end-time"><div data-part="panel" tabindex="-1"></div><input data-part="purpose" value="leather"><button data-part="book"></button></form>
  <div data-part="free-windows"><a href="/instruments/sem/?start=2026-03-04T09:00&end=2026-03-04T10:00#book">09:00</a></div></section>`;

const window: Window = { start: "2026-03-03T09:00", end: "2026-03-03T10:00" };
const availability: Availability = { revision: 3, open: [], busy: [], free: [] };
const quote = (over: Partial<Quote> = {}): Quote => ({
  ...window, lines: [{ label: "Instrument time", quantity: 1, unit: "h", unit_fen: 6000, amount_fen: 6000 }], total_fen: 6000,
  voucher_fen: 0, payable_fen: 6000, currency: "CNY", violations: [], alternatives: [], ok: true, needs_approval: false, ...over,
});
const booked = { ...window, id: 5, version: 1, purpose: "leather", editable: true, cancellable: true } as Reservation;

let events: ViewEvents;
let shown: Span[];
let hint: Listener;
const view: WeekView = { show: (spans) => { shown = [...spans]; }, hours: vi.fn(), goTo: vi.fn(), reveal: vi.fn(), previous: vi.fn(), next: vi.fn() };
const requests = { availability: vi.fn(), ownBookings: vi.fn(), quote: vi.fn(), book: vi.fn(), move: vi.fn() };
const ajax = vi.fn(() => Promise.resolve());
const panel = (): HTMLElement => document.querySelector('[data-part="panel"]')!;
const submit = (): boolean => document.querySelector("form")!.dispatchEvent(new Event("submit", { cancelable: true }));
const settled = async (): Promise<void> => { await vi.advanceTimersByTimeAsync(300); };

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetAllMocks();
  requests.availability.mockResolvedValue(availability);
  requests.ownBookings.mockResolvedValue([]);
  requests.quote.mockResolvedValue(quote());
  requests.book.mockResolvedValue(booked);
  document.body.innerHTML = HTML;
  const makeView = (_root: HTMLElement, _settings: Settings, given: ViewEvents): WeekView => {
    events = given;
    return view;
  };
  const calendar = new WeekCalendar(document.querySelector("section")!, settings, { ajax }, makeView, requests);
  calendar.start({ subscribe: (_id, _revision, listener) => { hint = listener; return () => undefined; } });
  events.onDays("2026-03-02", "2026-03-09");
  await settled();
});

afterEach(() => {
  vi.useRealTimers();
});

test("keys move the chosen stretch, pressing it leads to its price", async () => {
  expect(events.onStep("ArrowDown", false)).toBe(false);
  events.onSelect(window);
  await settled();
  expect(events.onStep("ArrowDown", false)).toBe(true);
  await settled();
  expect(shown.find(({ kind }) => kind === "draft")).toMatchObject({ start: "2026-03-03T09:30", end: "2026-03-03T10:30" });
  expect(document.querySelector<HTMLInputElement>('[data-part="end-time"]')!.value).toBe("10:30");
  expect(requests.quote).toHaveBeenCalledTimes(2);
  events.onDraft();
  expect(document.activeElement).toBe(panel());
});

test("a dragged window fills the form, is priced and can be booked once", async () => {
  events.onSelect(window);
  await settled();
  expect(document.querySelector<HTMLInputElement>('[data-part="start-time"]')!.value).toBe("09:00");
  expect(panel().textContent).toContain("¥60.00");
  submit();
  submit();
  await settled();
  expect(requests.book).toHaveBeenCalledTimes(1);
  expect(requests.book).toHaveBeenCalledWith(window, "leather", {}, expect.stringMatching(/^[0-9a-f]{32}$/));
  expect(panel().querySelector("a")!.getAttribute("href")).toBe("/bookings/5/");
});

test("every broken rule is shown, and its nearest window is one press away", async () => {
  const nearest = { start: "2026-03-04T09:00:00+08:00", end: "2026-03-04T10:00:00+08:00" };
  const violations = [{ code: "lead_time", message: "Too soon", nearest }, { code: "on_grid", message: "Off grid", nearest: null }];
  requests.quote.mockResolvedValueOnce(quote({ ok: false, violations }));
  events.onSelect(window);
  await settled();
  expect(panel().textContent).toContain("Too soon");
  expect(panel().textContent).toContain("Off grid");
  const explained = [...panel().querySelectorAll<HTMLAnchorElement>(".problem a")];
  expect(explained.map((link) => link.getAttribute("href"))).toEqual(["/rules/#lead_time", "/rules/#on_grid"]);
  submit();
  expect(requests.book).not.toHaveBeenCalled();
  panel().querySelector("button")!.click();
  await settled();
  expect(requests.quote).toHaveBeenLastCalledWith({ start: "2026-03-04T09:00", end: "2026-03-04T10:00" }, {});
});

test("taken time can be waited for, unless something else is broken too", async () => {
  const taken = { code: "place_free", message: "Taken", nearest: null };
  requests.quote.mockResolvedValueOnce(quote({ ok: false, violations: [taken] }));
  events.onSelect(window);
  await settled();
  expect(panel().querySelector("a.btn")!.getAttribute("href")).toBe("/wait/?start=2026-03-03T09%3A00&end=2026-03-03T10%3A00");
  requests.quote.mockResolvedValueOnce(quote({ ok: false, violations: [taken, { code: "on_grid", message: "Off grid", nearest: null }] }));
  events.onSelect(window);
  await settled();
  expect(panel().querySelector("a.btn")).toBeNull();
});

test("a slot lost at the last moment says so and offers another instrument", async () => {
  const alternatives = [{ instrument: { id: 13, slug: "sem-2", name: "SEM 2" }, start: "2026-03-03T09:00:00+08:00", end: "2026-03-03T10:00:00+08:00" }];
  requests.book.mockRejectedValue(new Problem(409, { code: "slot_taken", alternatives }));
  events.onSelect(window);
  await settled();
  submit();
  await settled();
  expect(panel().textContent).toContain("slot_taken");
  expect(panel().querySelector("a")!.getAttribute("href")).toBe("/instruments/sem-2/?start=2026-03-03T09%3A00&end=2026-03-03T10%3A00");
});

test("an answer that a later choice overtook is ignored", async () => {
  let late: (value: Quote) => void = () => undefined;
  requests.quote.mockReturnValueOnce(new Promise<Quote>((resolve) => { late = resolve; }));
  events.onSelect(window);
  await settled();
  events.onSelect({ start: "2026-03-04T09:00", end: "2026-03-04T11:00" });
  await settled();
  late(quote({ total_fen: 1 }));
  await settled();
  expect(panel().textContent).not.toContain("0.01");
});

test("someone else's booking greys the window at once and asks again for the price", async () => {
  events.onSelect(window);
  await settled();
  requests.availability.mockReturnValue(new Promise(() => undefined));
  hint({ instrument: 12, revision: 4, changed: ["2026-03-03T01:30:00+00:00", "2026-03-03T02:30:00+00:00"], reason: "changed" });
  expect(shown).toContainEqual({ start: "2026-03-03T09:30", end: "2026-03-03T10:30", kind: "pending" });
  expect(requests.quote).toHaveBeenCalledTimes(2);
});

test("a change that was missed asks for the price again, wherever it was", async () => {
  events.onSelect(window);
  await settled();
  hint({ instrument: 12, revision: 9, changed: null, reason: "missed" });
  expect(requests.quote).toHaveBeenCalledTimes(2);
});

test("a move that is refused goes back, one that works can be undone", async () => {
  const revert = vi.fn();
  requests.move.mockRejectedValueOnce(new Problem(422, { detail: "Too late", violations: [] }));
  events.onMove(booked, { start: "2026-03-03T11:00", end: "2026-03-03T12:00" }, revert);
  await settled();
  expect(revert).toHaveBeenCalledOnce();
  expect(panel().textContent).toContain("Too late");
  requests.move.mockResolvedValue({ ...booked, version: 2 });
  events.onMove(booked, { start: "2026-03-03T11:00", end: "2026-03-03T12:00" }, revert);
  await settled();
  panel().querySelector("button")!.click();
  await settled();
  expect(requests.move).toHaveBeenLastCalledWith({ ...booked, version: 2 }, window);
});

test("a session that ended leads to the sign-in page", async () => {
  requests.quote.mockRejectedValueOnce(new Problem(401, {}));
  events.onSelect(window);
  await settled();
  expect(panel().querySelector("a")!.getAttribute("href")).toBe("/sign-in/");
});

test("the list of free windows follows the week", () => {
  expect(ajax).toHaveBeenCalledWith("get", "/free/?week=2026-03-02", expect.anything());
});

test("a time of the list is taken on the spot, and the focus goes to its price", async () => {
  const time = document.querySelector<HTMLAnchorElement>('[data-part="free-windows"] a')!;
  expect(time.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: true }))).toBe(true);
  time.focus();
  expect(time.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))).toBe(false);
  await settled();
  expect(requests.quote).toHaveBeenCalledOnce();
  expect(requests.quote).toHaveBeenCalledWith({ start: "2026-03-04T09:00", end: "2026-03-04T10:00" }, {});
  expect(document.activeElement).toBe(panel());
  expect(panel().querySelector("h3")!.textContent).toContain("09:00–10:00");
});

test("Book pressed before there is a price leads to where the price will be", async () => {
  events.onSelect(window);
  submit();
  expect(document.activeElement).toBe(panel());
  await settled();
  expect(requests.book).not.toHaveBeenCalled();
  expect(panel().textContent).toContain("¥60.00");
});

test("an offer of the panel keeps the focus, although its button goes", async () => {
  const nearest = { start: "2026-03-04T09:00:00+08:00", end: "2026-03-04T10:00:00+08:00" };
  requests.quote.mockResolvedValueOnce(quote({ ok: false, violations: [{ code: "lead_time", message: "Too soon", nearest }] }));
  events.onSelect(window);
  await settled();
  expect(document.activeElement).toBe(document.body);
  const offer = panel().querySelector("button")!;
  offer.focus();
  offer.click();
  await settled();
  expect(document.activeElement).toBe(panel());
});

/** What the page tells the calendar, and what travels between its parts. Times are wall-clock text. */
import type { Alternative, Violation } from "../../api/client";

export type BusyKind = "taken" | "own" | "hold" | "closure" | "maintenance" | "turnaround";
export type SpanKind = BusyKind | "open" | "closed" | "past" | "pending" | "draft";

/** Half-open, in the instrument's wall clock: "2026-03-02T09:00". */
export interface Window {
  start: string;
  end: string;
}

export interface Span extends Window {
  kind: SpanKind;
  reservation?: Reservation;
}

/** GET …/availability, times with the instrument's offset. */
export interface Availability {
  revision: number;
  open: [string, string][];
  busy: [string, string, BusyKind][];
  free: [string, string][];
}

export interface Reservation extends Window {
  id: number;
  status: string;
  purpose: string;
  version: number;
  total_fen: number;
  currency: string;
  cancellable: boolean;
  editable: boolean;
}

export interface QuoteLine {
  label: string;
  quantity: number | string;
  unit: string;
  unit_fen: number;
  amount_fen: number;
}

/** What the form asks for besides window and purpose, such as places or the firm it is for. */
export type Details = Readonly<Record<string, number>>;

export interface Quote extends Window {
  lines: QuoteLine[];
  total_fen: number;
  voucher_fen: number;
  payable_fen: number;
  currency: string;
  violations: Violation[];
  alternatives: Alternative[];
  ok: boolean;
  needs_approval: boolean;
}

export const TEXT_NAMES = [
  "closed", "past", "taken", "turnaround", "own", "hold", "closure", "maintenance", "pending", "draft", "draft_keys", "choose", "quoting", "fits", "total", "hour",
  "voucher", "payable", "unit_price", "broken", "use_window", "about_rule", "new_tab", "wait", "alternatives", "at_other", "booked", "booked_body", "requested", "requested_body", "needs_approval",
  "see_bookings", "slot_taken", "busy", "unreachable", "signed_out", "sign_in", "refused", "load_failed", "your_booking",
  "cancel", "move_hint", "moving", "moved", "undo",
] as const;

export type Texts = Readonly<Record<(typeof TEXT_NAMES)[number], string>>;

export interface Settings {
  instrument: number;
  revision: number | null;
  zone: string;
  locale: string;
  /** First of the seven days to show, "2026-03-02". */
  date: string;
  /** Minutes to which dragging snaps. */
  grid: number;
  signedIn: boolean;
  canBook: boolean;
  /** Codes of the rules about what is filled in on the page that Book leads to. */
  later: readonly string[];
  /** Codes of the rules that taken time breaks: where nothing else is broken, one can wait. */
  waitable: readonly string[];
  addresses: {
    availability: string;
    quotes: string;
    reservations: string;
    /** The page of one's bookings; one booking is `${bookings}${id}/`. */
    bookings: string;
    /** Page of another instrument, with `{slug}`. */
    instrument: string;
    signIn: string;
    /** The form that joins the waiting list; gets `?start=&end=`. */
    wait: string;
    /** What each rule means; one rule is an anchor by its code. */
    rules: string;
    /** Fragment with the free windows as a list; gets `?week=`. */
    freeWindows: string;
  };
  texts: Texts;
}

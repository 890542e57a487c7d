/** The calendar's calls to the API. Wall-clock windows go in, the instrument's offset is added here. */
import { type Answer, call } from "../../api/client";
import { dateOf, instantOf, wallOf } from "../../time/wall-clock";
import type { Availability, Details, Quote, Reservation, Settings, Window } from "./types";

export interface Requests {
  /** Null when nothing has changed since the last answer for the same days. */
  availability: (from: string, to: string) => Promise<Availability | null>;
  ownBookings: (from: string, to: string) => Promise<Reservation[]>;
  quote: (window: Window, details: Details) => Promise<Quote>;
  book: (window: Window, purpose: string, details: Details, key: string) => Promise<Reservation>;
  move: (reservation: Reservation, window: Window) => Promise<Reservation>;
}

export function requestsFor(settings: Settings): Requests {
  const { addresses, instrument, zone } = settings;
  const etags = new Map<string, string>();
  const instants = (window: Window): Window => ({ start: instantOf(window.start, zone), end: instantOf(window.end, zone) });
  const days = (from: string, to: string): string => {
    const window = instants({ start: `${dateOf(from)}T00:00`, end: `${dateOf(to)}T00:00` });
    return new URLSearchParams({ from: window.start, to: window.end }).toString();
  };

  return {
    availability: async (from, to) => {
      const address = `${addresses.availability}?${days(from, to)}`;
      const etag = etags.get(address);
      const answer = await call<Availability>(address, etag ? { headers: { "If-None-Match": etag } } : {});
      // Only the days on the screen can be "unchanged": another week replaces them.
      etags.clear();
      if (answer.etag) etags.set(address, answer.etag);
      return answer.status === 304 ? null : answer.body;
    },
    ownBookings: async (from, to) => {
      const address = `${addresses.reservations}?instrument=${instrument}&mine=true&limit=200&${days(from, to)}`;
      return (await call<{ items: Reservation[] }>(address)).body.items;
    },
    quote: async (window, details) => {
      const body = { instrument, ...instants(window), ...details };
      return (await call<Quote>(addresses.quotes, { method: "POST", body })).body;
    },
    book: async (window, purpose, details, key) => {
      const body = { instrument, ...instants(window), purpose, ...details };
      return created(await call(addresses.reservations, { method: "POST", body, headers: { "Idempotency-Key": key } }));
    },
    move: async (reservation, window) => {
      const address = `${addresses.reservations}/${reservation.id}`;
      const headers = { "If-Match": `"${reservation.version}"` };
      return created(await call(address, { method: "PATCH", body: instants(window), headers }));
    },
  };
}

const created = (answer: Answer<Reservation>): Reservation => ({
  ...answer.body,
  start: wallOf(answer.body.start),
  end: wallOf(answer.body.end),
});

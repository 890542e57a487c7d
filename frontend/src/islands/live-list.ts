/**
 * One entry of a list that renews itself when its instrument's calendar changes: a result card, a line of the
 * day list. The server renders the entry again, htmx swaps it in place.
 *
 *     <article data-island="live-item" data-instrument-id="12" data-revision="7"
 *              data-src="/instruments/12/card/?day=2026-03-02">…</article>
 *
 * The fragment that comes back is the same element with its new revision; htmx's onLoad mounts it again.
 */
import type htmx from "htmx.org";

import type { Hint, LiveClient } from "../live/client";

/** Several changes within this time cost one request. */
const SETTLE_MS = 150;

export function mountLiveItem(
  element: HTMLElement,
  live: Pick<LiveClient, "subscribe">,
  swapper: Pick<typeof htmx, "ajax">,
): void {
  const { instrumentId, revision, src } = element.dataset;
  if (!instrumentId || !src) return;
  let planned: ReturnType<typeof setTimeout> | undefined;

  const renew = (hint: Hint): void => {
    if (!element.isConnected) {
      stop();
      return;
    }
    // After a reconnect the server itself names what is newer: fetching every card again would be waste.
    if (hint.reason === "reconnected" || planned !== undefined) return;
    planned = setTimeout(() => {
      planned = undefined;
      void swapper.ajax("get", src, { target: element, swap: "outerHTML" });
    }, SETTLE_MS);
  };
  const stop = live.subscribe(Number(instrumentId), revision ? Number(revision) : null, renew);
  element.addEventListener("htmx:beforeCleanupElement", stop);
}

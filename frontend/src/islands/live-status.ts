/**
 * Says whether the page receives changes as they happen; the words are the server's.
 *
 *     <p data-island="live-status" data-state="connecting" role="status">
 *       <span data-when="connecting">Connecting…</span>
 *       <span data-when="live" hidden>Live</span>
 *       <span data-when="offline" hidden>Reconnecting…</span>
 *     </p>
 */
import type { LiveClient } from "../live/client";

export function mountLiveStatus(element: HTMLElement, live: Pick<LiveClient, "observe">): void {
  live.observe((state) => {
    element.dataset.state = state;
    element.querySelectorAll<HTMLElement>("[data-when]").forEach((words) => {
      words.hidden = words.dataset.when !== state;
    });
  });
}

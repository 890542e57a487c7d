/**
 * The page's one client of /ws/availability.
 *
 * Watches the instruments that islands subscribe to, passes every change on once, and heals itself: it
 * reconnects with growing, random pauses, and whatever was missed meanwhile arrives as `newer` in the server's
 * first answer. A hint is never the truth, only the reason to fetch it again. A connection that is dead without
 * saying so is found out by asking again every 15 seconds.
 */
export interface Hint {
  instrument: number;
  revision: number;
  /** The window that changed, as the server wrote it; null when more than one change went by. */
  changed: readonly [string, string] | null;
  reason: "changed" | "missed" | "reconnected";
}

export type Listener = (hint: Hint) => void;
export type LiveState = "connecting" | "live" | "offline";

interface Watch {
  revision: number | null;
  listeners: Set<Listener>;
}

interface ServerMessage {
  instrument?: number;
  revision?: number;
  changed?: [string, string] | null;
  newer?: Record<string, number>;
  unknown?: (number | string)[];
}

export interface LiveOptions {
  address?: string;
  open?: (address: string) => WebSocket;
  random?: () => number;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
const BEAT = 15_000;
const LONGEST_ANSWER = 5_000;

const ownAddress = (): string => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/availability`;

export class LiveClient {
  readonly #address: string;
  readonly #open: (address: string) => WebSocket;
  readonly #random: () => number;
  readonly #watches = new Map<number, Watch>();
  readonly #observers = new Set<(state: LiveState) => void>();
  #socket: WebSocket | null = null;
  #state: LiveState = "connecting";
  #attempts = 0;
  #wasOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setTimeout> | undefined;
  #sendPlanned = false;

  constructor(options: LiveOptions = {}) {
    this.#address = options.address ?? ownAddress();
    this.#open = options.open ?? ((address) => new WebSocket(address));
    this.#random = options.random ?? Math.random;
    globalThis.addEventListener("online", () => {
      this.#connectNow();
    });
    globalThis.addEventListener("offline", () => {
      this.#lost();
    });
  }

  /** Watches an instrument from a known revision (null: none known); returns how to stop. */
  subscribe(instrument: number, revision: number | null, listener: Listener): () => void {
    const watch = this.#watches.get(instrument) ?? { revision, listeners: new Set() };
    // Two islands may know different revisions; the older one decides what still has to arrive.
    watch.revision = older(watch.revision, revision);
    watch.listeners.add(listener);
    this.#watches.set(instrument, watch);
    this.#plan();
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size === 0 && this.#watches.delete(instrument)) this.#plan();
    };
  }

  /** Tells the state now and whenever it changes. */
  observe(observer: (state: LiveState) => void): void {
    this.#observers.add(observer);
    observer(this.#state);
  }

  /** One message for all subscriptions of this turn of the event loop. */
  #plan(): void {
    if (this.#sendPlanned) return;
    this.#sendPlanned = true;
    queueMicrotask(() => {
      this.#sendPlanned = false;
      this.#sendWatch();
    });
  }

  #sendWatch(): void {
    if (!this.#socket) {
      if (this.#watches.size > 0 && this.#timer === undefined) this.#connect();
      return;
    }
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const watch = Object.fromEntries([...this.#watches].map(([id, { revision }]) => [id, revision]));
    this.#socket.send(JSON.stringify({ watch }));
  }

  #connect(): void {
    this.#timer = undefined;
    const socket = this.#open(this.#address);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#opened();
    });
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      if (socket === this.#socket) this.#receive(event.data);
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#closed();
    });
  }

  #connectNow(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #opened(): void {
    this.#attempts = 0;
    this.#show("live");
    this.#sendWatch();
    this.#listen();
    if (!this.#wasOpen) {
      this.#wasOpen = true;
      return;
    }
    for (const [instrument, { revision }] of this.#watches) {
      this.#tell({ instrument, revision: revision ?? 0, changed: null, reason: "reconnected" });
    }
  }

  /** The server answers every watch: who is silent after being asked again is gone. */
  #listen(): void {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => {
      this.#sendWatch();
      this.#beat = setTimeout(() => {
        this.#lost();
      }, LONGEST_ANSWER);
    }, BEAT);
  }

  #lost(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#closed();
    socket.close();
  }

  #closed(): void {
    clearTimeout(this.#beat);
    this.#socket = null;
    this.#show("offline");
    if (this.#watches.size === 0) return;
    const ceiling = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#attempts);
    this.#attempts += 1;
    // Half fixed, half random: a thousand screens do not come back in the same instant.
    this.#timer = setTimeout(() => {
      this.#connect();
    }, ceiling / 2 + (this.#random() * ceiling) / 2);
  }

  #receive(data: string): void {
    this.#listen();
    const message = JSON.parse(data) as ServerMessage;
    for (const id of message.unknown ?? []) this.#watches.delete(Number(id));
    for (const [id, revision] of Object.entries(message.newer ?? {})) this.#advance(Number(id), revision, null);
    if (message.instrument !== undefined && message.revision !== undefined) {
      this.#advance(message.instrument, message.revision, message.changed ?? null);
    }
  }

  #advance(instrument: number, revision: number, changed: [string, string] | null): void {
    const watch = this.#watches.get(instrument);
    if (!watch || (watch.revision !== null && revision <= watch.revision)) return;
    const missed = changed === null || watch.revision === null || revision > watch.revision + 1;
    watch.revision = revision;
    this.#tell({ instrument, revision, changed: missed ? null : changed, reason: missed ? "missed" : "changed" });
  }

  #tell(hint: Hint): void {
    for (const listener of [...(this.#watches.get(hint.instrument)?.listeners ?? [])]) listener(hint);
  }

  #show(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#observers.forEach((observer) => {
      observer(state);
    });
  }
}

function older(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return null;
  return Math.min(one, other);
}

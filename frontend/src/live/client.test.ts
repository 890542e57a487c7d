import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type Hint, LiveClient, type LiveState } from "./client";

class FakeSocket extends EventTarget {
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];

  constructor() {
    super();
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  say(message: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  close(): void {
    this.readyState = 3;
  }

  drop(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
}

const socket = (): FakeSocket => FakeSocket.all.at(-1)!;
const client = (): LiveClient =>
  new LiveClient({ address: "ws://here/ws/availability", open: () => new FakeSocket() as unknown as WebSocket, random: () => 1 });

async function watching(revision: number | null): Promise<{ live: LiveClient; hints: Hint[]; stop: () => void }> {
  const live = client();
  const hints: Hint[] = [];
  const stop = live.subscribe(12, revision, (hint) => hints.push(hint));
  await Promise.resolve();
  socket().open();
  return { live, hints, stop };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
});

afterEach(() => {
  vi.useRealTimers();
});

test("opens no socket while nobody watches", async () => {
  client();
  await Promise.resolve();
  expect(FakeSocket.all).toHaveLength(0);
});

test("sends the whole set once, with the revisions it knows", async () => {
  const live = client();
  live.subscribe(12, 7, vi.fn());
  live.subscribe(13, null, vi.fn());
  await Promise.resolve();
  socket().open();
  expect(socket().sent).toEqual([{ watch: { "12": 7, "13": null } }]);
});

test("passes the next revision on with its window", async () => {
  const { hints } = await watching(7);
  socket().say({ instrument: 12, revision: 8, changed: ["a", "b"] });
  expect(hints).toEqual([{ instrument: 12, revision: 8, changed: ["a", "b"], reason: "changed" }]);
});

test("drops what it already knows and reports a jump as missed", async () => {
  const { hints } = await watching(7);
  socket().say({ instrument: 12, revision: 7, changed: ["a", "b"] });
  socket().say({ instrument: 12, revision: 10, changed: ["c", "d"] });
  expect(hints).toEqual([{ instrument: 12, revision: 10, changed: null, reason: "missed" }]);
});

test("the first answer's newer revisions count as missed", async () => {
  const { hints } = await watching(7);
  socket().say({ newer: { "12": 9 }, unknown: [] });
  expect(hints).toMatchObject([{ revision: 9, reason: "missed" }]);
});

test("comes back after a pause and asks its listeners to fetch again", async () => {
  const { hints } = await watching(7);
  socket().drop();
  vi.advanceTimersByTime(999);
  expect(FakeSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(2);
  socket().open();
  expect(socket().sent).toEqual([{ watch: { "12": 7 } }]);
  expect(hints).toMatchObject([{ reason: "reconnected" }]);
});

test("pauses grow up to half a minute", async () => {
  await watching(7);
  for (let attempt = 0; attempt < 8; attempt += 1) {
    socket().drop();
    vi.advanceTimersByTime(30_000);
  }
  const before = FakeSocket.all.length;
  socket().drop();
  vi.advanceTimersByTime(29_999);
  expect(FakeSocket.all).toHaveLength(before);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(before + 1);
});

test("forgets unknown instruments and those nobody watches any more", async () => {
  const { live, stop, hints } = await watching(7);
  live.subscribe(99, null, vi.fn());
  await Promise.resolve();
  socket().say({ unknown: [99] });
  stop();
  await Promise.resolve();
  expect(socket().sent.at(-1)).toEqual({ watch: {} });
  socket().say({ instrument: 12, revision: 8, changed: null });
  expect(hints).toEqual([]);
});

test("says how it is doing", async () => {
  const live = client();
  const states: LiveState[] = [];
  live.observe((state) => states.push(state));
  live.subscribe(12, 1, vi.fn());
  await Promise.resolve();
  socket().open();
  socket().drop();
  expect(states).toEqual(["connecting", "live", "offline"]);
});

test("finds out that the connection is dead when a repeated question stays unanswered", async () => {
  const { live } = await watching(4);
  const states: LiveState[] = [];
  live.observe((state) => states.push(state));
  const first = socket();
  vi.advanceTimersByTime(15_000);
  expect(first.sent).toHaveLength(2);
  first.say({ newer: {}, unknown: [] });
  vi.advanceTimersByTime(15_000 + 5_000);
  expect(states).toEqual(["live", "offline"]);
  vi.advanceTimersByTime(1_000);
  expect(socket()).not.toBe(first);
});

test("believes the browser that says it is offline", async () => {
  const { live } = await watching(4);
  const states: LiveState[] = [];
  live.observe((state) => states.push(state));
  globalThis.dispatchEvent(new Event("offline"));
  expect(states).toEqual(["live", "offline"]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { call, newKey, Problem } from "./client";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  vi.fn<typeof fetch>(() => Promise.resolve(new Response(status === 304 ? null : JSON.stringify(body), { status, headers })));

beforeEach(() => {
  document.documentElement.lang = "zh-hans";
  document.head.innerHTML = `<meta name="csrf-token" content="secret">`;
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a POST carries JSON, the CSRF token and the page's language", async () => {
  const fetched = answer(201, { id: 7 });
  vi.stubGlobal("fetch", fetched);
  const { body } = await call<{ id: number }>("/api/v1/reservations", { method: "POST", body: { purpose: "x" } });
  expect(body.id).toBe(7);
  const init = fetched.mock.calls[0]![1]!;
  const headers = init.headers as Headers;
  expect(headers.get("X-CSRFToken")).toBe("secret");
  expect(headers.get("Accept-Language")).toBe("zh-hans");
  expect(init.body).toBe('{"purpose":"x"}');
});

test("an unchanged answer has no body", async () => {
  vi.stubGlobal("fetch", answer(304, null, { ETag: '"a"' }));
  expect(await call("/x")).toEqual({ status: 304, body: null, etag: '"a"' });
});

test("a refusal becomes a Problem with its violations", async () => {
  const violations = [{ code: "on_grid", message: "…", nearest: null }];
  vi.stubGlobal("fetch", answer(422, { code: "rules_violated", detail: "Refused", violations }));
  const problem = await call("/x").catch((error: unknown) => error as Problem);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 422, message: "Refused", body: { violations } });
});

test("an answer that is not JSON and a dead network are Problems too", async () => {
  vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 }))));
  await expect(call("/x")).rejects.toMatchObject({ status: 502 });
  vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("failed"))));
  await expect(call("/x")).rejects.toMatchObject({ status: 0 });
});

test("keys differ", () => {
  expect(newKey()).not.toBe(newKey());
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
});

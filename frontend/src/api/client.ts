/** Calls the product's own API with the session, the CSRF token and the page's language. */

/** One broken rule, as the API tells it (RFC 9457 extension member `violations`). */
export interface Violation {
  code: string;
  message: string;
  nearest: { start: string; end: string } | null;
}

/** Another time, or another instrument at that time, that would pass. */
export interface Alternative {
  instrument: number | { id: number; slug: string; name: string };
  start: string;
  end: string;
}

export interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  violations?: Violation[];
  alternatives?: Alternative[];
}

/** An answer that is not a success; `status` 0 means that the server could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody,
  ) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.name = "Problem";
  }
}

export interface Answer<Body> {
  status: number;
  body: Body;
  etag: string | null;
}

export interface CallOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

function requestHeaders(options: CallOptions): Headers {
  const headers = new Headers(options.headers);
  headers.set("Accept", "application/json, application/problem+json");
  headers.set("Accept-Language", document.documentElement.lang);
  if (options.body !== undefined) headers.set("Content-Type", "application/json");
  if (options.method && options.method !== "GET") headers.set("X-CSRFToken", csrfToken());
  return headers;
}

/** The token base.html writes into the head. */
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** Returns the answer of a 2xx or 304 (whose body is null); throws Problem for everything else. */
export async function call<Body>(address: string, options: CallOptions = {}): Promise<Answer<Body>> {
  const init: RequestInit = {
    method: options.method ?? "GET",
    headers: requestHeaders(options),
    credentials: "same-origin",
  };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  const response = await fetch(address, init).catch((error: unknown) => {
    throw new Problem(0, { detail: String(error) });
  });
  const body = (response.status === 304 ? null : await response.json().catch(() => null)) as unknown;
  if (!response.ok && response.status !== 304) throw new Problem(response.status, (body ?? {}));
  return { status: response.status, body: body as Body, etag: response.headers.get("ETag") };
}

/** A key for Idempotency-Key. randomUUID exists only on https and localhost, this everywhere. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

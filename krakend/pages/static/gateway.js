// Asks the gateway's routes, same origin, and words what it refuses without a body.

import { language, say } from "./language.js";

export const PATIENCE_MS = 15_000;
const MOST_COPIES = 50; // each search is a path of its own
const FIRST_PAUSE_MS = 500; // before a change is asked for again; then twice as long each time
const REPEATED_MS = 6_000;
const KEPT_MS = 60_000; // a key, for the next click on the same

// Problem details (RFC 9457) have a code, which is worded here.
export const ACCEPTED = "application/problem+json, application/json";

/** `status` 0: no reply at all. `retryAfterMs`: how long the server asks to be left alone, 0 if it does not say. */
export class Refusal extends Error {
  constructor(status, { detail, code } = {}, retryAfterMs = 0) {
    // What has no words here is English: what gateways say, and what of a request is malformed.
    const own = language === "en" ? detail : undefined;
    super(say.refusals[code] ?? own ?? (status ? (say.gateway[status] ?? say.gateway.other(status)) : say.gateway.silent));
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether asking again later may well succeed. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether what was asked for may have been done, or is being done: asked again with the same key, it happens once. */
  get isOpen() {
    return this.status === 0 || this.status >= 500 || (this.status === 409 && this.retryAfterMs > 0);
  }
}

/** What a reply that is no success means. */
export async function refusalOf(reply) {
  const said = await reply.json().catch(() => ({}));
  return new Refusal(reply.status, said, retryAfterMs(reply.headers.get("Retry-After")));
}

export class Gateway {
  #token = null;
  #asker = {}; // another one for each who is logged in
  #copies = new Map(); // path → {etag, value}
  #open = null; // {what, key, until}: the last change, while nobody knows what became of it

  /**
   * `renew(token)` is called when the gateway no longer takes the token: true when there is another one.
   * `repeating(refusal)` before a change is tried again, and with null when that is over.
   */
  constructor(renew, repeating = () => {}) {
    this.renew = renew;
    this.repeating = repeating;
  }

  get token() {
    return this.#token;
  }

  /** Somebody else's from now on, or nobody's. */
  set token(token) {
    this.#token = token;
    this.#asker = {};
    this.#open = null;
    this.repeating(null);
    this.#copies.clear();
  }

  /** Another token of the same person. */
  renewed(token) {
    this.#token = token;
  }

  /** The JSON of the reply. What changes something carries a key, so that it happens once. Throws Refusal. */
  async ask(method, path, body) {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const asker = this.#asker;
    const isChange = method !== "GET" && this.#token;
    const reply = await (isChange ? this.#change(method, path, headers, body) : this.#send(method, path, headers, body));
    return this.#for(asker, await reply.json());
  }

  /** With the key of the same change a moment ago, if it may have been done and its reply lost. */
  async #change(method, path, headers, body) {
    const what = JSON.stringify([method, path, body]);
    const isSame = this.#open?.what === what && Date.now() < this.#open.until;
    const key = isSame ? this.#open.key : newKey();
    this.#open = null;
    try {
      return await this.#repeat(() => this.#send(method, path, { ...headers, "Idempotency-Key": key }, body));
    } catch (error) {
      if (error.isOpen) this.#open = { what, key, until: Date.now() + KEPT_MS };
      throw error;
    } finally {
      this.repeating(null);
    }
  }

  /** Once more however late it is, and then again while it is not, unless the server asks for a longer pause. */
  async #repeat(send) {
    const asker = this.#asker;
    const end = Date.now() + REPEATED_MS;
    for (let pauseMs = FIRST_PAUSE_MS, isFirst = true; ; pauseMs *= 2, isFirst = false) {
      try {
        return await send();
      } catch (error) {
        const waitMs = Math.max(error.retryAfterMs, pauseMs);
        const isLate = waitMs > REPEATED_MS || (!isFirst && Date.now() + waitMs > end);
        if (!error.isOpen || isLate) throw error;
        this.repeating(error);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        await this.#for(asker);
      }
    }
  }

  /** A file, as it is. Throws Refusal. */
  async file(path) {
    const asker = this.#asker;
    const reply = await this.#send("GET", path, {});
    return this.#for(asker, await reply.blob());
  }

  /** What is there now, by conditional GET (RFC 9110 §13): a 304 says that our copy is still right. Throws Refusal. */
  async refresh(path) {
    return (await this.#refresh(path)).value;
  }

  /**
   * As refresh, but held back until there is something new (RFC 7240 §4.3): {value, isNew, waited}. Not new and not
   * waited: the service lets nobody wait now.
   */
  news(path, waitS) {
    return this.#refresh(path, waitS);
  }

  async #refresh(path, waitS = 0) {
    const asker = this.#asker;
    const copy = this.#copies.get(path);
    const headers = { ...(copy && { "If-None-Match": copy.etag }), ...(waitS && { Prefer: `wait=${waitS}` }) };
    try {
      const reply = await this.#send("GET", path, headers, undefined, PATIENCE_MS + waitS * 1000);
      if (reply.status === 304) return { value: copy.value, isNew: false, waited: reply.headers.has("Preference-Applied") };
      const value = await this.#for(asker, await reply.json());
      if (reply.headers.has("ETag")) this.#keep(path, { etag: reply.headers.get("ETag"), value });
      return { value, isNew: true, waited: true };
    } catch (error) {
      this.#copies.delete(path);
      throw error;
    }
  }

  #keep(path, copy) {
    this.#copies.delete(path);
    this.#copies.set(path, copy);
    if (this.#copies.size > MOST_COPIES) this.#copies.delete(this.#copies.keys().next().value);
  }

  /** The value, or never anything, when somebody else has logged in since: what the former user asked is not theirs. */
  #for(asker, value) {
    return asker === this.#asker ? value : new Promise(() => {});
  }

  async #send(method, path, headers, body, patienceMs = PATIENCE_MS, isAgain = false) {
    const [token, asker] = [this.#token, this.#asker];
    headers.Accept = ACCEPTED;
    if (token) headers.Authorization = `Bearer ${token}`;
    const options = { method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit" };
    const outcome = await fetch(path, { ...options, signal: AbortSignal.timeout(patienceMs) }).catch(() => null);
    const reply = await this.#for(asker, outcome);
    if (reply === null) throw new Refusal(0);
    if (reply.ok || reply.status === 304) return reply;
    if (reply.status === 401 && token && !isAgain) {
      const isRenewed = token !== this.#token || (await this.renew(token));
      if (await this.#for(asker, isRenewed)) return this.#send(method, path, headers, body, patienceMs, true);
    }
    throw await this.#for(asker, await refusalOf(reply));
  }
}

/** 128 random bits. crypto.randomUUID is for https and localhost alone. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfterMs(header) {
  if (!header) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

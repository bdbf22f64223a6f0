// Who is logged in, in all tabs of this browser, and how that goes on: the tokens are in localStorage, and one tab
// refreshes them for all. Other tabs learn of it by the event "storage".

import { KEY } from "./ahead.js";
import { ACCEPTED, PATIENCE_MS, Refusal, refusalOf } from "./gateway.js";

/** What a login's or refresh's reply makes: {token, refreshToken, id, username, email, roles, isVerified, expiresAt, endsAt}.
 *
 * `refreshToken` is null where the login gave none: then all ends with the token. Null for what is no token or is over.
 * Times come from how long the reply says, by this computer's own clock: it may be wrong by hours.
 */
export function sessionOf(reply) {
  try {
    const payload = reply.access_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(atob(payload)); // ASCII: the users service lets in no other names and addresses
    const expiresAt = reply.expires_in ? Date.now() + reply.expires_in * 1000 : claims.exp * 1000;
    const refreshToken = reply.refresh_token ?? null;
    const endsAt = refreshToken ? Date.now() + reply.session_ends_in * 1000 : expiresAt;
    if (!(endsAt > Date.now())) return null;
    const { sub: id, username, email, roles, email_verified: isVerified = true } = claims;
    return { token: reply.access_token, refreshToken, id, username, email, roles, isVerified, expiresAt, endsAt };
  } catch {
    return null;
  }
}

export function remembered() {
  try {
    const session = JSON.parse(localStorage.getItem(KEY));
    return session?.endsAt > Date.now() ? session : null;
  } catch {
    return null;
  }
}

export const remember = (session) => localStorage.setItem(KEY, JSON.stringify(session));
export const forget = () => localStorage.removeItem(KEY);

/**
 * A session with another token than `had`, from another tab or from the service; null when the session is over.
 * Throws Refusal when neither can be known now.
 */
export function renewed(had) {
  // One tab at a time; without locks (they are for https and localhost) the service lets two tabs at once go on.
  const inTurn = navigator.locks ? (work) => navigator.locks.request(KEY, work) : (work) => work();
  return inTurn(async () => {
    const session = remembered();
    if (session && session.token !== had && session.expiresAt > Date.now()) return session;
    const next = session?.refreshToken ? await refreshed(session) : null;
    if (remembered()?.refreshToken !== session?.refreshToken) return remembered(); // logged out or in meanwhile
    if (next) remember(next);
    else forget();
    return next;
  });
}

async function refreshed(session) {
  try {
    return sessionOf(await post("/user/refresh", { refresh_token: session.refreshToken }));
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

/** The refresh token is good for nothing more; that may fail unseen, and then it ends unused by itself. */
export function logOutOf(session) {
  if (session.refreshToken) post("/user/logout", { refresh_token: session.refreshToken }).catch(() => {});
}

/** Asks what takes no token. Throws Refusal. */
export async function post(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json", Accept: ACCEPTED }, body: JSON.stringify(body) };
  const bounds = { cache: "no-store", credentials: "omit", keepalive: true, signal: AbortSignal.timeout(PATIENCE_MS) };
  const reply = await fetch(path, { ...options, ...bounds }).catch(() => null);
  if (reply === null) throw new Refusal(0);
  if (!reply.ok) throw await refusalOf(reply);
  return reply.json();
}

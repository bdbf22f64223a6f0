// Puts the page together: who is logged in decides what is shown.

import { KEY, load } from "./ahead.js";
import { byId, closeDialogs, setText, show } from "./dom.js";
import { Login } from "./login.js";
import { Gateway } from "./gateway.js";
import { makeSwitch, say, sayPage } from "./language.js";
import { forgetNews, tell, trouble } from "./toasts.js";
import { forget, logOutOf, remember, remembered, renewed, sessionOf } from "./session.js";
import { leavePlace, place } from "./place.js";
import { clock } from "./words.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const WARNED_MS = 2 * 60_000; // before it ends
const RENEWED_MS = 60_000; // before the token expires, or half its life if that is shorter
const RENEWED_AGAIN_MS = 5_000;

sayPage();
makeSwitch(byId("language"));
const gateway = new Gateway(goOn, (refusal) => trouble("change", refusal));
const login = new Login(gateway, begin, linkUsed);
// What only some need is loaded when one of them comes.
const makers = {
  student: async () => new (await import("./student.js")).StudentDesk(gateway),
  instructor: async () => new (await import("./teaching.js")).TeachingDesk(gateway),
  registrar: async () => new (await import("./registry.js")).RegistryDesk(gateway),
};
const desks = {};
const timers = {};
let session = null;
let account = null;

/** A link of a mail has done what it is for. With another password nobody is logged in any more. */
function linkUsed(purpose, text) {
  const there = purpose === "reset" ? null : remembered();
  if (there) return logIn(there).then(() => tell(text, "good"));
  logOut();
  return login.done(text);
}

/** After a login, or a change of the password. */
function begin(reply) {
  const begun = sessionOf(reply);
  if (!begun) return logOut(say.login.clock);
  remember(begun);
  return session?.id === begun.id ? take(begun) : logIn(begun);
}

async function logIn(begun) {
  if (session) leave();
  session = begun;
  gateway.token = begun.token;
  forgetNews();
  login.close();
  setText(byId("who"), begun.username);
  show(byId("account"), true);
  show(byId("log-out"), true);
  setTimers();
  const styled = begun.roles.map(load);
  for (const [at, role] of begun.roles.entries()) {
    await styled[at];
    desks[role] ??= await makers[role]?.();
    if (session?.id !== begun.id) return; // logged out meanwhile
    desks[role]?.enter(begun);
  }
  document.querySelector("main > :not([hidden]) h2[tabindex]")?.focus();
}

/** The same person's session with other tokens. */
function take(next) {
  session = next;
  gateway.renewed(next.token);
  setTimers();
}

/** The token is refused, or soon will be. False: the session is over, or somebody else's now. */
async function goOn(had) {
  const id = session?.id;
  const next = await renewed(had);
  if (session?.id !== id) return false;
  if (!next) logOut(say.login.ended);
  else if (next.id === id) take(next);
  else await logIn(next);
  return next?.id === id;
}

function setTimers() {
  for (const timer of Object.values(timers)) clearTimeout(timer);
  const [leftMs, tokenMs] = [session.endsAt - Date.now(), session.expiresAt - Date.now()];
  timers.end = setTimeout(() => logOut(say.login.ended), Math.min(leftMs, LONGEST_TIMER_MS));
  if (leftMs > WARNED_MS) timers.warn = setTimeout(warn, Math.min(leftMs - WARNED_MS, LONGEST_TIMER_MS));
  // Tabs come one after the other, and find what the first one got.
  if (session.refreshToken) renewIn(Math.max(tokenMs - RENEWED_MS, tokenMs / 2, 0) * (0.9 + Math.random() / 10));
}

function renewIn(ms) {
  timers.renew = setTimeout(async () => {
    const had = session.token;
    await goOn(had).catch(() => {});
    if (session?.token === had) renewIn(RENEWED_AGAIN_MS);
  }, ms);
}

function logOut(why = "") {
  forget();
  leave();
  login.open(why);
}

function leave() {
  for (const timer of Object.values(timers)) clearTimeout(timer);
  gateway.token = null;
  for (const desk of Object.values(desks)) desk.leave();
  if (session) leavePlace();
  session = null;
  closeDialogs();
  forgetNews();
  setText(byId("who"), "");
  show(byId("account"), false);
  show(byId("log-out"), false);
}

function warn() {
  tell(say.login.endsAt(clock(new Date(session.endsAt))), "bad");
}

byId("log-out").addEventListener("click", () => {
  logOutOf(session);
  logOut();
});

byId("account").addEventListener("click", async () => {
  account ??= new (await import("./account.js")).AccountDialog(begin);
  if (session) account.open(session);
});

addEventListener("hashchange", closeDialogs);

/** As another tab has done. */
function follow() {
  const there = remembered();
  if (!there && session) logOut();
  else if (there && there.id === session?.id) take(there);
  else if (there) logIn(there);
}

addEventListener("storage", ({ key }) => {
  if (key === KEY || key === null) follow();
});

// Of a page that was kept for "back" the browser says nothing of what was stored meanwhile.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) follow();
});

const [known, link] = [remembered(), place()];
const purpose = ["reset", "verify"].find((one) => one in link);
if (purpose) {
  leavePlace(); // nobody reads the link over a shoulder, or finds it in the history
  login.follow(purpose, link[purpose]);
} else if (known) logIn(known);
else login.open();

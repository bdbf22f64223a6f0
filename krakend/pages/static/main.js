// Puts the page together: who is logged in decides what is shown.

import { byId, setText, show } from "./dom.js";
import { Door } from "./door.js";
import { Gateway } from "./gateway.js";
import { forgetNews, tell } from "./news.js";
import { forget, readToken, remember, remembered } from "./session.js";
import { leavePlace } from "./place.js";
import { StudentDesk } from "./student.js";
import { clock } from "./words.js";

const ENDED = "Your login has ended. Log in again.";
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const WARNED_MS = 2 * 60_000; // before it ends

const gateway = new Gateway(() => logOut(ENDED));
const door = new Door(gateway, (token) => {
  remember(token);
  logIn(readToken(token));
});
// What only some need is loaded when one of them comes.
const makers = {
  student: async () => new StudentDesk(gateway),
  instructor: async () => new (await import("./teaching.js")).TeachingDesk(gateway),
  registrar: async () => new (await import("./registry.js")).RegistryDesk(gateway),
};
const desks = {};
let [ending, warning] = [null, null];

async function logIn(session) {
  if (!session) return logOut("This browser's clock is wrong, or the login was over at once");
  gateway.token = session.token;
  forgetNews();
  door.close();
  setText(byId("who"), session.username);
  show(byId("log-out"), true);
  clearTimeout(ending);
  clearTimeout(warning);
  const leftMs = session.endsAt - Date.now();
  ending = setTimeout(() => logOut(ENDED), Math.min(leftMs, LONGEST_TIMER_MS));
  if (leftMs > WARNED_MS) warning = setTimeout(() => warn(session), Math.min(leftMs - WARNED_MS, LONGEST_TIMER_MS));
  for (const role of session.roles) {
    desks[role] ??= await makers[role]?.();
    if (gateway.token !== session.token) return undefined; // logged out meanwhile
    desks[role]?.enter(session);
  }
  document.querySelector("main > :not([hidden]) h2[tabindex]")?.focus();
  return undefined;
}

function logOut(why = "") {
  const wasIn = gateway.token !== null;
  clearTimeout(ending);
  clearTimeout(warning);
  forget();
  gateway.token = null;
  for (const desk of Object.values(desks)) desk.leave();
  if (wasIn) leavePlace();
  forgetNews();
  setText(byId("who"), "");
  show(byId("log-out"), false);
  door.open(why);
}

function warn(session) {
  tell(`Your login ends at ${clock(new Date(session.endsAt))}. Log out and in again to go on after that`, "bad");
}

byId("log-out").addEventListener("click", () => logOut());

const session = remembered();
if (session) logIn(session);
else door.open();

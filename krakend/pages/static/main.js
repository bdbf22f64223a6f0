// Puts the page together: who is logged in decides what is shown.

import { byId, setText, show } from "./dom.js";
import { Door } from "./door.js";
import { Gateway } from "./gateway.js";
import { forgetNews } from "./news.js";
import { RegistryDesk } from "./registry.js";
import { forget, readToken, remember, remembered } from "./session.js";
import { StudentDesk } from "./student.js";
import { TeachingDesk } from "./teaching.js";

const ENDED = "Your login has ended. Log in again.";
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const gateway = new Gateway(() => logOut(ENDED));
const door = new Door(gateway, (token) => {
  remember(token);
  logIn(readToken(token));
});
const desks = {
  student: new StudentDesk(gateway),
  instructor: new TeachingDesk(gateway),
  registrar: new RegistryDesk(gateway),
};
let ending = null;

function logIn(session) {
  if (!session) return logOut("This browser's clock is wrong, or the login was over at once");
  gateway.token = session.token;
  forgetNews();
  door.close();
  setText(byId("who"), session.username);
  show(byId("log-out"), true);
  for (const role of session.roles) desks[role]?.enter(session);
  document.querySelector("main > :not([hidden]) h2[tabindex], main > :not([hidden]) > h2[tabindex]")?.focus();
  ending = setTimeout(() => logOut(ENDED), Math.min(session.endsAt - Date.now(), LONGEST_TIMER_MS));
  return undefined;
}

function logOut(why = "") {
  clearTimeout(ending);
  forget();
  gateway.token = null;
  for (const desk of Object.values(desks)) desk.leave();
  forgetNews();
  setText(byId("who"), "");
  show(byId("log-out"), false);
  door.open(why);
}

byId("log-out").addEventListener("click", () => logOut());

const session = remembered();
if (session) logIn(session);
else door.open();

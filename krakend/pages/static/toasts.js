// What has just happened, in a corner and read out: what is good or bad until it is dismissed, the rest for a while.

import { button, byId, element } from "./dom.js";
import { say } from "./language.js";
import { moment } from "./words.js";

const MOST = 3;
const SHOWN_FOR_MS = 15_000;

/** `kind`: "good", "bad" or "" for neither. */
export function tell(text, kind = "") {
  const list = byId("news");
  const item = element("li", { className: kind }, element("span", {}, `${moment(new Date())}  ${text}`));
  const dismiss = button(say.page.dismiss, "link", () => item.remove());
  dismiss.setAttribute("aria-label", say.page.dismissLabel(text));
  item.append(dismiss);
  list.append(item);
  while (list.children.length > MOST) (list.querySelector("li:not(.good, .bad)") ?? list.firstElementChild).remove();
  if (!kind) setTimeout(() => item.remove(), SHOWN_FOR_MS);
  if (kind && document.hidden) document.title = text;
}

document.addEventListener("visibilitychange", () => {
  document.title = say.page.title;
});

export const forgetNews = () => byId("news").replaceChildren();

const troubles = new Map();

/** Says what does not work at the moment and is tried again, once however many parts notice it. `error` null: it works. */
export function trouble(part, error) {
  if (error) troubles.set(part, error.message);
  else troubles.delete(part);
  const said = troubles.size ? say.page.trouble([...new Set(troubles.values())].join(". ")) : "";
  const place = byId("trouble");
  if (place.textContent !== said) place.textContent = said;
  place.hidden = said === "";
}

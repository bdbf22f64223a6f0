// What has just happened, at the top of the page and read out, until it is dismissed.

import { button, byId, element } from "./dom.js";
import { moment } from "./words.js";

const MOST = 4;

/** `kind`: "good", "bad" or "" for neither. */
export function tell(text, kind = "") {
  const list = byId("news");
  const item = element("li", { className: kind }, element("span", {}, `${moment(new Date())}  ${text}`));
  const dismiss = button("Dismiss", "link", () => item.remove());
  dismiss.setAttribute("aria-label", `Dismiss: ${text}`);
  item.append(dismiss);
  list.prepend(item);
  while (list.children.length > MOST) list.lastElementChild.remove();
}

export const forgetNews = () => byId("news").replaceChildren();

const troubles = new Map();

/** Says what does not work at the moment, once however many parts notice it. `error` null: it works again. */
export function trouble(part, error) {
  if (error) troubles.set(part, error.message);
  else troubles.delete(part);
  const said = [...new Set(troubles.values())].join(". ");
  const place = byId("trouble");
  if (place.textContent !== said) place.textContent = said;
  place.hidden = said === "";
}

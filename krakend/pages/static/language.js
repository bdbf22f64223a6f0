// Which language the page speaks, and its words: one file for each language, of the same shape.

import { LANGUAGE_KEY, language } from "./ahead.js";

export { language };

const NAMES = { en: "English", de: "Deutsch", es: "Español" };

/** With the region, which decides how dates look. */
export const locale = navigator.languages.find((one) => one.startsWith(language)) ?? language;

/** Texts, and functions that make texts of names and numbers. */
export const say = (await import(`./${language}.js`)).default;

const TARGETS = { say: "textContent", sayLabel: "ariaLabel", sayPlaceholder: "placeholder" };

/** Puts the words into what the HTML has: data-say="door.slogan", data-say-label for aria-label, data-say-placeholder. */
export function sayAll(root) {
  document.documentElement.lang = language;
  document.title = say.page.title;
  for (const node of root.querySelectorAll("[data-say], [data-say-label], [data-say-placeholder]")) {
    for (const [name, property] of Object.entries(TARGETS)) {
      if (name in node.dataset) node[property] = node.dataset[name].split(".").reduce((part, key) => part[key], say);
    }
  }
}

/** Fills the select that switches; the page begins again in the other language, where somebody was. */
export function makeSwitch(select) {
  for (const [value, textContent] of Object.entries(NAMES)) {
    select.append(Object.assign(document.createElement("option"), { value, textContent, lang: value }));
  }
  select.value = language;
  select.addEventListener("change", () => {
    localStorage.setItem(LANGUAGE_KEY, select.value);
    location.reload();
  });
}

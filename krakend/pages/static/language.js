// Which language the page speaks, and its words: for each language one file of what everybody reads and one for each of
// those who read more, of the same shape in all of them.

import { LANGUAGE_KEY, language } from "./ahead.js";

export { language };

const NAMES = { en: "English", de: "Deutsch", es: "Español" };

/** With the region, which decides how dates look. */
export const locale = navigator.languages.find((one) => one.startsWith(language)) ?? language;

/** Texts, and functions that make texts of names and numbers; those of a part after `learn(part)`. */
export const say = { ...(await import(`./${language}.js`)).default };

const TARGETS = { say: "textContent", sayLabel: "ariaLabel", sayPlaceholder: "placeholder" };

/** What everybody reads is put into the page. */
export function sayPage() {
  document.documentElement.lang = language;
  document.title = say.page.title;
  putIntoPage(say);
}

/** Adds the words of a part (student, staff, registrar), also to the page. Modules that say them call this first. */
export async function learn(part) {
  const words = (await import(`./${language}-${part}.js`)).default;
  Object.assign(say, words);
  putIntoPage(words);
}

/** Where the HTML has data-say="login.slogan", data-say-label for aria-label, or data-say-placeholder. */
function putIntoPage(words) {
  for (const node of document.querySelectorAll("[data-say], [data-say-label], [data-say-placeholder]")) {
    for (const [name, property] of Object.entries(TARGETS)) {
      const [section, ...keys] = node.dataset[name]?.split(".") ?? [];
      if (section in words) node[property] = keys.reduce((part, key) => part[key], words[section]);
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

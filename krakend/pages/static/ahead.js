// Asks for what will be needed before the modules have come that need it: the words, and the desk of who is logged in
// already. It is on its way with the page itself, and waits for nothing.

/** Of the session in localStorage; session.js reads and writes it. */
export const KEY = "course-enrollment.session";
export const LANGUAGE_KEY = "course-enrollment.language";

const NAMED = ["en", "de", "es"]; // there are files of words for each
const chosen = localStorage.getItem(LANGUAGE_KEY);
const asked = [chosen, ...navigator.languages].filter(Boolean); // the browser's own are those of Accept-Language

export const language = asked.map((one) => one.slice(0, 2)).find((one) => NAMED.includes(one)) ?? "en";

const loading = {};

/** Loads what everybody or a role needs, named in the page's head; the promise is for its style sheet. */
export function load(part) {
  const named = document.querySelector(`meta[name="part:${part}"]`)?.content ?? "";
  const names = named.replaceAll("{language}", language).split(" ").filter(Boolean);
  return (loading[part] ??= Promise.all(names.map(ask)));
}

function ask(name) {
  const isStyle = name.endsWith(".css");
  const link = Object.assign(document.createElement("link"), { rel: isStyle ? "stylesheet" : "modulepreload" });
  const loaded = new Promise((resolve) => (link.onload = link.onerror = resolve));
  link.href = `/pages/${name}`;
  document.head.append(link);
  return isStyle ? loaded : null; // modules are waited for by who imports them
}

function rolesAtOnce() {
  try {
    return JSON.parse(localStorage.getItem(KEY))?.roles ?? [];
  } catch {
    return [];
  }
}

for (const part of ["everybody", ...rolesAtOnce()]) load(part);

// Which language the page speaks, and its words: one file for each language, of the same shape.

const KNOWN = ["en"];

export const language = navigator.languages.map((one) => one.slice(0, 2)).find((one) => KNOWN.includes(one)) ?? "en";

/** Texts, and functions that make texts of names and numbers. */
export const say = (await import(`./${language}.js`)).default;

// Numbers and moments as people say them.

const SUFFIXES = { one: "st", two: "nd", few: "rd", other: "th" };
const RULES = new Intl.PluralRules("en", { type: "ordinal" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export const ordinal = (number) => `${number}${SUFFIXES[RULES.select(number)]}`;

export const clock = (when) => CLOCK.format(when);

/** "14:02", with the day before it when that is not today. */
export function moment(text) {
  const when = new Date(text);
  const today = when.toDateString() === new Date().toDateString();
  return today ? CLOCK.format(when) : `${DAY.format(when)}, ${CLOCK.format(when)}`;
}

export const title = (facts) => `${facts.CourseCode} ${facts.ClassName}`;

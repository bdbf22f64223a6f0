// Moments as people say them, in their own zone, and the names of classes.

import { locale } from "./language.js";

const CLOCK = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

export const clock = (when) => CLOCK.format(when);

/** "14:02", with the day before it when that is not today. */
export function moment(text) {
  const when = new Date(text);
  const today = when.toDateString() === new Date().toDateString();
  return today ? CLOCK.format(when) : `${DAY.format(when)}, ${CLOCK.format(when)}`;
}

export const title = (facts) => `${facts.CourseCode} ${facts.ClassName}`;

const course = (facts) => facts.CourseCode.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean).join(" ");

/** Whether both are sections of one course, however its code is written. */
export const isSameCourse = (one, other) => course(one) === course(other);

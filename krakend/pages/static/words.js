// Moments as people say them, in their own zone, numbers, and the names of classes.

import { language, locale, say } from "./language.js";

const CLOCK = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });

/** 12000 as "12,000", in English. */
export const number = new Intl.NumberFormat(language).format;

export const clock = (when) => CLOCK.format(when);

/** "14:02", with the day before it when that is not today, and the year when that is not this one. */
export function moment(text) {
  const [when, now] = [new Date(text), new Date()];
  if (when.toDateString() === now.toDateString()) return CLOCK.format(when);
  const day = when.getFullYear() === now.getFullYear() ? DAY : DATE;
  return `${day.format(when)}, ${CLOCK.format(when)}`;
}

export const title = (facts) => `${facts.CourseCode} ${facts.ClassName}`;

const course = (facts) => facts.CourseCode.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean).join(" ");

/** Whether both are sections of one course, however its code is written. */
export const isSameCourse = (one, other) => course(one) === course(other);

/** The name of a class in replies that write it in lower case; `class_name` is null where nobody knows it any more. */
export const nameOf = ({ class_id: id, course_code: CourseCode, class_name: ClassName, section_number: SectionNumber }) => {
  if (!ClassName) return say.names.unknown(id);
  return (SectionNumber ? say.names.section : say.names.class)({ CourseCode, ClassName, SectionNumber });
};

/** One entry of a student's story with a class. */
export const storyText = (entry) => say.story.text(entry, entry.other_class && nameOf(entry.other_class));

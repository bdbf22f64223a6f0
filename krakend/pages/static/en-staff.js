// English: what instructors and registrars read of a class.

import { number } from "./en.js";

export default {
  taught: {
    title: "Classes I teach",
    none: "You teach no class yet. A registrar can give you one.",
    notFound: "None of your classes fits.",
    find: "Find",
    placeholder: "course, title or department",
    open: (facts) => `Open ${facts.CourseCode} ${facts.ClassName}`,
    back: "All classes I teach",
  },
  roster: {
    tabs: { enrolled: "Enrolled", waiting: "In line", dropped: "Dropped", history: "History" },
    lists: "Lists of this class",
    columns: { position: "Place", username: "Student", email: "E-mail", since: "In line since", turn: "Turn", acts: "Change" },
    none: { enrolled: "Nobody is enrolled.", waiting: "Nobody waits.", dropped: "Nobody has dropped.", history: "Nothing has happened yet." },
    more: "Show more",
    drop: "Drop",
    takeOut: "Take out of the line",
    dropLabel: (one) => `Drop ${one}`,
    takeOutLabel: (one) => `Take ${one} out of the line`,
    askDrop: (one, of, next) => `Drop ${one} from ${of}? ${next}`,
    next: (facts, one) => {
      if (one) return `${one}, who is next in line, ${facts.promotion === "offer" ? "is offered the seat" : "gets the seat at once"}.`;
      return facts.CurrentWaitlist ? "Those in line pause, or are offered a seat already: this one becomes free." : "Nobody waits: the seat becomes free.";
    },
    turn: {
      paused: "paused",
      skipped: "passed over: has a seat in another section of the course",
      offered: (time) => `a seat is held until ${time}`,
      swap: "gives up another class for it",
    },
    seating: (facts, done, all) =>
      `${number(done)} of ${number(all)} ${facts.promotion === "offer" ? "in line were offered a seat" : "seated from the line"}`,
    askTakeOut: (one, of) => `Take ${one} out of the line for ${of}? Everybody behind moves up.`,
    yesDrop: "Drop the student",
    yesTakeOut: "Take out of the line",
    dropped: (one, of) => `${one} was dropped from ${of}`,
    takenOut: (one, of) => `${one} is no longer in line for ${of}`,
    csv: "Download as CSV",
    pack: "Download as OneRoster",
    copy: "Copy addresses",
    copied: (count) => (count === 1 ? "1 address copied" : `${number(count)} addresses copied`),
    mail: "Write to all of them",
    write: {
      title: (list, of) => `Write to: ${list}, ${of}`,
      hint: "Each gets one mail at the address of the account. Answers come to your address.",
      subject: "Subject",
      text: "Text",
      send: "Send",
      sent: (count) => (count === 1 ? "The mail goes to 1 student" : `The mail goes to ${number(count)} students`),
    },
    noNames: "Names and addresses are missing at the moment: the users service does not answer.",
  },
  // What a refusal says to those who act for a student; the student reads "you".
  ofStudent: {
    already_enrolled: (one) => `${one} is enrolled already`,
    already_waiting: (one) => `${one} is in line already`,
    seat_offered: (one) => `A seat is held for ${one} already`,
    seat_in_course: (one) => `${one} has a seat in another section of this course, and only one may be held`,
    already_dropped: (one) => `${one} has dropped the class already`,
    not_enrolled: (one) => `${one} has no seat in this class any more`,
    only_waiting: (one) => `${one} has no seat any more, but a place in line`,
    not_waiting: (one) => `${one} is not in line any more`,
  },
  history: {
    enrolled: (one) => `${one} got a seat`,
    joined: (one, change) => `${one} joined the line as number ${number(change.position)}`,
    promoted: (one) => `${one}, next in line, got a seat`,
    left: (one) => `${one} left the line`,
    dropped: (one) => `${one} was dropped`,
    swap_asked: (one) => `${one} will give up another class for a seat here`,
    swapped: (one) => `${one} gave up the seat for one in another class`,
    paused: (one) => `${one} paused the place in line`,
    resumed: (one) => `${one} ended the pause`,
    offered: (one) => `${one}, next in line, was offered a seat`,
    accepted: (one) => `${one} took the seat on offer`,
    declined: (one) => `${one} declined the seat on offer and left the line`,
    expired: (one) => `${one} let the offer of a seat pass and left the line`,
    one_section: (_, change) =>
      ({ on: "Only one section of the course may be held from now on", off: "Several sections of the course may be held from now on" })[
        change.one_section
      ] ?? "Only one section of the course may be held: this begins",
    skipped: (one) => `${one}, next in line, was passed over for a seat in another section`,
    policy: (_, change) =>
      change.promotion === "offer" ? "Free seats are offered to the line from now on" : "Free seats go to the line at once from now on",
    added: () => "The class was added",
    adopted: () => "The history begins",
    resized: (_, change) => `${number(change.max_capacity)} seats and ${number(change.waitlist_maximum)} places in line from now on`,
    status: (_, change) => ({ active: "Opened to newcomers", inactive: "Closed to newcomers" })[change.status] ?? "Being removed",
    instructor: () => "Another instructor teaches it from now on",
    retitled: (_, change) => `Called ${change.class_name} (${change.department}) from now on`,
    removed: () => "The class was removed",
    other: (_, change) => change.what,
    by: { student: "by the student", instructor: "by the instructor", registrar: "by a registrar", system: "" },
  },
};

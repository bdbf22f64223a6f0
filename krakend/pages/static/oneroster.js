// A OneRoster 1.2 package (etc/contracts/oneroster.py) as rows of accounts, classes and students, as uploads take them.

import { readCsv } from "./csv.js";
import { say } from "./language.js";

const ROLES = { student: "student", teacher: "instructor" };

/** {accounts, classes, students}: each [{line, row}] or, where a row cannot be one, [{line, row, detail}]. */
export function readPackage(files) {
  const manifest = new Map(table(files, "manifest.csv").map(({ cells }) => [cells.propertyName, cells.value]));
  if (manifest.get("oneroster.version") !== "1.2") throw new Error(say.upload.noPackage);
  const present = (name) => ((manifest.get(`file.${name}`) ?? "absent") === "absent" ? [] : table(files, `${name}.csv`));
  const users = present("users");
  const userById = byId(users);
  const courses = byId(present("courses"));
  const orgs = byId(present("orgs"));
  const ours = (name) => (files[name] ? table(files, name) : []);
  const more = new Map(ours("classes-more.txt").map(({ cells: { classSourcedId, ...rest } }) => [classSourcedId, rest]));
  const classes = present("classes").map(({ line, cells }) => ({ line, cells: { ...cells, ...more.get(cells.sourcedId) } }));
  const enrollments = present("enrollments");
  const teachers = teachersOf(enrollments);
  const sections = new Map(classes.map(({ cells }) => [cells.sourcedId, sectionOf(cells, courses)]));
  return {
    accounts: accountsOf(users, present("roles")),
    classes: classes.map((one) => classOf(one, { courses, orgs, teachers, userById })),
    students: [
      ...enrollments.map((one) => enrollmentOf(one, { sections, userById, teachers })).filter(Boolean),
      ...ours("waitlists.txt").map((one) => studentOf(one, { sections, userById }, true)),
    ],
  };
}

/** The rows of a file: [{line: "users.csv 2", cells}], without empty cells. */
function table(files, name) {
  if (!(name in files)) throw new Error(say.upload.noFile(name));
  const [head, ...rows] = readCsv(files[name]);
  const columns = head?.cells.map((column) => column.trim()) ?? [];
  return rows.map(({ line, cells }) => {
    const given = columns.map((column, at) => [column, cells[at] ?? ""]).filter(([, cell]) => cell.trim() !== "");
    return { line: `${name} ${line}`, cells: Object.fromEntries(given) };
  });
}

const byId = (rows) => new Map(rows.toReversed().map(({ cells }) => [cells.sourcedId, cells]));

const isDeleted = (cells) => cells.status === "tobedeleted";

function accountsOf(users, roles) {
  const held = Map.groupBy(roles.filter(({ cells }) => !isDeleted(cells)), ({ cells }) => cells.userSourcedId);
  return users.map(({ line, cells }) => {
    const { username, email, password } = cells;
    const theirs = (held.get(cells.sourcedId) ?? []).map((one) => one.cells.role);
    const row = { username, email, ...(password && { password }), roles: theirs.map((role) => ROLES[role]) };
    if (isDeleted(cells) || cells.enabledUser === "false") return { line, row, detail: say.upload.deleted };
    const unknown = theirs.find((role) => !(role in ROLES));
    if (!theirs.length || unknown) return { line, row, detail: say.upload.otherRole(unknown ?? "–") };
    return { line, row };
  });
}

/** By class the line and the user of its teacher: the first who is called primary, else the first. */
function teachersOf(enrollments) {
  const found = new Map();
  for (const { line, cells } of enrollments.filter((one) => one.cells.role === "teacher")) {
    const before = found.get(cells.classSourcedId);
    const primary = cells.primary === "true";
    if (!before || (primary && !before.primary)) found.set(cells.classSourcedId, { line, user: cells.userSourcedId, primary });
  }
  return found;
}

function sectionOf(cells, courses) {
  const course = courses.get(cells.courseSourcedId) ?? {};
  const ending = /(\d+)\s*$/.exec(cells.classCode ?? "");
  return {
    course_code: course.courseCode ?? course.title,
    section_number: cells["metadata.sectionNumber"] ?? (ending ? String(Number(ending[1])) : undefined),
    though_closed: cells["metadata.classStatus"] === "inactive",
  };
}

function classOf({ line, cells }, { courses, orgs, teachers, userById }) {
  const { though_closed: _, ...section } = sectionOf(cells, courses);
  const course = courses.get(cells.courseSourcedId) ?? {};
  const org = orgs.get(course.orgSourcedId) ?? {};
  const [subject] = (cells.subjects ?? course.subjects ?? "").split(",");
  const ofCourse = org.type === "department" ? org.name : undefined;
  const row = {
    ...section,
    class_name: cells.title,
    department: cells["metadata.department"] ?? ofCourse ?? (subject || org.name),
    instructor: userById.get(teachers.get(cells.sourcedId)?.user)?.username,
    max_capacity: cells["metadata.maxCapacity"],
    waitlist_maximum: cells["metadata.waitlistMaximum"],
    status: cells["metadata.classStatus"],
    promotion: cells["metadata.promotion"],
    offer_window_s: cells["metadata.offerWindow"],
  };
  return { line, row: known(row), ...(isDeleted(cells) && { detail: say.upload.deleted }) };
}

function enrollmentOf(one, found) {
  const { line, cells } = one;
  const row = { student: found.userById.get(cells.userSourcedId)?.username, ...found.sections.get(cells.classSourcedId) };
  if (isDeleted(cells)) return { line, row, detail: say.upload.deleted };
  if (cells.role === "teacher") {
    return found.teachers.get(cells.classSourcedId).line === line ? null : { line, row, detail: say.upload.anotherTeacher };
  }
  if (cells.role !== "student") return { line, row, detail: say.upload.otherRole(cells.role ?? "–") };
  return studentOf(one, found, false);
}

function studentOf({ line, cells }, { sections, userById }, waits) {
  const section = sections.get(cells.classSourcedId);
  const student = userById.get(cells.userSourcedId)?.username;
  const row = known({ student, ...section, waits, paused: cells.pause ? true : undefined });
  return section && student ? { line, row } : { line, row, detail: say.upload.refersToNothing };
}

const known = (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

// Accounts, classes and students in classes from a file: first every row is checked by the services, then the good ones
// are added. A OneRoster package holds all three.

import { download, readCsv, writeCsv } from "./csv.js";
import { element, setText, show } from "./dom.js";
import { FormDialog, field } from "./forms.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";
import { readPackage } from "./oneroster.js";
import { unzip } from "./zip.js";

const MOST_SHOWN = 200;

// What makes a kind of rows: the columns it needs, where rows go, how many at once (making an account takes long), and
// what a row is called.
const KINDS = {
  accounts: {
    needs: ["username", "email"],
    path: "/registrar/accounts/upload",
    checkedAtOnce: 100,
    addedAtOnce: 5,
    name: (row) => `${row.username ?? ""} ${row.email ?? ""}`,
  },
  classes: {
    needs: ["course_code", "section_number", "class_name", "department", "instructor", "max_capacity", "waitlist_maximum"],
    path: "/registrar/classes/upload",
    checkedAtOnce: 100,
    addedAtOnce: 100,
    name: (row) => `${row.course_code ?? ""} ${row.class_name ?? ""}`,
  },
  students: {
    needs: ["course_code", "section_number", "student"],
    path: "/registrar/enrollments/upload",
    checkedAtOnce: 50,
    addedAtOnce: 50,
    name: (row) => `${row.student ?? ""}: ${row.course_code ?? ""} ${row.section_number ?? ""}`,
  },
};

export class UploadDialog {
  #rows = [];
  #kind = "classes";
  #parts = {};
  #asked = 0; // a later file makes what was asked for an earlier one void

  constructor(gateway, done) {
    this.gateway = gateway;
    this.done = done;
    this.dialog = new FormDialog("upload", say.upload.go(0), () => this.#add());
    const file = field("upload-file", say.upload.file, { type: "file", accept: ".csv,.zip,text/csv,application/zip" });
    this.file = file.input;
    this.summary = element("p", { className: "summary" });
    this.summary.setAttribute("role", "status");
    this.passwords = element("p", { className: "hint" });
    this.parts = this.#makeParts();
    this.body = element("tbody");
    const head = Object.values(say.upload.columns).map((text) => element("th", { textContent: text, scope: "col" }));
    this.table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.setAttribute("aria-labelledby", "upload-title");
    const hint = element("p", { className: "hint", textContent: say.upload.hint });
    const columns = Object.entries(KINDS).map(([kind, { needs }]) =>
      element("li", { textContent: say.upload.columnsOf(say.upload.kinds[kind], needs) }),
    );
    this.dialog.content.append(hint, element("ul", { className: "hint" }, ...columns), file.node, this.parts, this.summary, this.passwords, this.table);
    this.node = this.dialog.node;
    this.node.classList.add("large");
    this.file.addEventListener("change", () => this.#read());
  }

  #makeParts() {
    const choices = Object.keys(KINDS).map((kind) => {
      const box = element("input", { type: "radio", name: "upload-kind", value: kind });
      box.addEventListener("change", () => this.#check(kind));
      return element("label", { className: "check" }, box, ` ${say.upload.kinds[kind]}`);
    });
    return element("fieldset", { className: "row" }, element("legend", { textContent: say.upload.parts }), ...choices);
  }

  open() {
    this.file.value = "";
    this.#asked += 1;
    this.#parts = {};
    this.#show([]);
    setText(this.summary, "");
    show(this.parts, false);
    this.dialog.open(say.upload.title);
  }

  async #read() {
    setText(this.dialog.problem, "");
    this.#show([]);
    const [file] = this.file.files;
    if (!file) return;
    const asked = (this.#asked += 1);
    try {
      const isPackage = /\.zip$/i.test(file.name);
      const parts = isPackage ? readPackage(await unzip(await file.arrayBuffer(), say.upload.broken)) : readRows(await file.text());
      if (asked !== this.#asked) return;
      this.#parts = parts;
      show(this.parts, isPackage);
      const [kind] = Object.keys(parts);
      this.parts.querySelector(`[value=${kind}]`).checked = true;
      await this.#check(kind);
    } catch (error) {
      this.#fail(asked, error);
    }
  }

  async #check(kind) {
    const asked = (this.#asked += 1);
    this.#kind = kind;
    setText(this.dialog.problem, "");
    this.#show([]);
    const rows = this.#parts[kind];
    if (!rows.length) return setText(this.summary, say.upload.empty);
    setText(this.summary, say.upload.checking);
    try {
      const checked = await this.#send(rows.filter((one) => !one.detail), true);
      if (asked === this.#asked) this.#show([...checked, ...rows.filter((one) => one.detail).map((one) => ({ ...one, outcome: "bad" }))]);
    } catch (error) {
      this.#fail(asked, error);
    }
  }

  #fail(asked, error) {
    if (asked !== this.#asked) return;
    setText(this.summary, "");
    setText(this.dialog.problem, error.message);
  }

  /** The rows with what the service says of each. */
  async #send(rows, dryRun) {
    const { path, checkedAtOnce, addedAtOnce } = KINDS[this.#kind];
    const atOnce = dryRun ? checkedAtOnce : addedAtOnce;
    const [kind, asked] = [this.#kind, this.#asked];
    const answered = [];
    for (let at = 0; at < rows.length; at += atOnce) {
      const some = rows.slice(at, at + atOnce);
      const { results } = await this.gateway.ask("POST", path, { [kind]: some.map((one) => one.row), dry_run: dryRun });
      answered.push(...some.map((one, index) => ({ ...one, ...results[index] })));
      if (rows.length > atOnce && asked === this.#asked) setText(this.summary, say.upload.progress(answered.length, rows.length));
    }
    return answered;
  }

  #show(rows) {
    this.#rows = rows;
    const count = (...outcomes) => rows.filter((one) => outcomes.includes(one.outcome)).length;
    const [good, kept] = [count("good", "added"), count("kept")];
    if (rows.length) setText(this.summary, say.upload.summary(good, kept, rows.length - good - kept));
    const withoutPassword = this.#withoutPassword().length;
    setText(this.passwords, withoutPassword ? say.upload.passwords(withoutPassword) : "");
    // What is wrong comes first: that is what somebody has to do something about.
    const shown = rows.toSorted((one, other) => (other.outcome === "bad") - (one.outcome === "bad")).slice(0, MOST_SHOWN);
    this.body.replaceChildren(...shown.map((one) => makeRow(one, KINDS[this.#kind].name)));
    show(this.table, rows.length > 0);
    setText(this.dialog.yes, say.upload.go(count("good")));
    show(this.dialog.yes, count("good") > 0);
  }

  #withoutPassword() {
    return this.#kind === "accounts" ? this.#rows.filter((one) => one.outcome === "good" && !one.row.password) : [];
  }

  async #add() {
    this.#makeUpPasswords();
    const [kind, asked] = [this.#kind, this.#asked];
    const others = this.#rows.filter((one) => one.outcome !== "good");
    const rows = await this.#send(this.#rows.filter((one) => one.outcome === "good"), false);
    const said = say.upload.done[kind](rows.filter((one) => one.outcome === "added").length);
    tell(said);
    this.done();
    if (asked !== this.#asked) return false; // another file is looked at meanwhile
    this.#show([...rows, ...others]);
    setText(this.summary, said);
    const isLast = Object.keys(this.#parts).length === 1;
    return isLast && rows.every((one) => one.outcome !== "bad") && others.length === 0;
  }

  /** In a file before any of the accounts is made, so that none is lost with a reply. */
  #makeUpPasswords() {
    const rows = this.#withoutPassword();
    if (!rows.length) return;
    for (const { row } of rows) row.password = makePassword();
    download("passwords.csv", writeCsv([["username", "password"], ...rows.map(({ row }) => [row.username, row.password])]));
  }
}

/** {kind: [{line, row}]} of a CSV file, each row as an object by the names of the columns. */
function readRows(text) {
  const [head, ...lines] = readCsv(text);
  const names = head?.cells.map((name) => name.trim()) ?? [];
  const kind = Object.keys(KINDS).find((each) => KINDS[each].needs.every((name) => names.includes(name)));
  if (!kind) throw new Error(say.upload.unknown);
  const rows = lines.map(({ line, cells }) => {
    const given = names.map((name, at) => [name, cells[at] ?? ""]).filter(([, value]) => value !== "");
    return { line, row: Object.fromEntries(given) };
  });
  return { [kind]: rows };
}

/** 96 random bits, without letters and digits that look alike or that a spreadsheet takes for a formula. */
function makePassword() {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => letters[byte % 32]).join("");
}

function makeRow({ line, row, outcome, detail, code }, name) {
  const cells = [line, name(row), say.refusals[code] ?? detail ?? say.upload.outcomes[outcome]];
  const node = element("tr", { className: outcome }, ...cells.map((text) => element("td", { textContent: text })));
  Object.values(say.upload.columns).forEach((heading, at) => (node.children[at].dataset.column = heading));
  return node;
}

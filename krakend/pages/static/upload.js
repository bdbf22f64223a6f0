// Classes from a CSV file: first every row is checked by the service, then the good ones are added.

import { readCsv } from "./csv.js";
import { element, setText, show } from "./dom.js";
import { FormDialog, field } from "./forms.js";
import { say } from "./language.js";
import { tell } from "./news.js";

const AT_ONCE = 100; // rows in a request
const NEEDED = ["course_code", "section_number", "class_name", "department", "instructor", "max_capacity", "waitlist_maximum"];
const MOST_SHOWN = 200;

export class UploadDialog {
  #rows = [];

  constructor(gateway, done) {
    this.gateway = gateway;
    this.done = done;
    this.dialog = new FormDialog("upload", say.upload.go(0), () => this.#add());
    const file = field("upload-file", say.upload.file, { type: "file", accept: ".csv,text/csv" });
    this.file = file.input;
    this.summary = element("p", {});
    this.summary.setAttribute("role", "status");
    this.body = element("tbody");
    const head = Object.values(say.upload.columns).map((text) => element("th", { textContent: text, scope: "col" }));
    this.table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.setAttribute("aria-labelledby", "upload-title");
    const hint = element("p", { className: "hint", textContent: say.upload.hint });
    this.dialog.content.append(hint, file.node, this.summary, this.table);
    this.node = this.dialog.node;
    this.node.classList.add("large");
    this.file.addEventListener("change", () => this.#check());
  }

  open() {
    this.file.value = "";
    this.#show([]);
    setText(this.summary, "");
    this.dialog.open(say.upload.title);
  }

  async #check() {
    setText(this.dialog.problem, "");
    this.#show([]);
    if (!this.file.files.length) return;
    setText(this.summary, say.upload.checking);
    try {
      const rows = await this.#read();
      this.#show(await this.#send(rows, true));
    } catch (error) {
      setText(this.summary, "");
      setText(this.dialog.problem, error.message);
    }
  }

  /** [{line, row}], each row as an object by the names of the columns. */
  async #read() {
    const [head, ...lines] = readCsv(await this.file.files[0].text());
    const names = head?.cells.map((name) => name.trim()) ?? [];
    const missing = NEEDED.filter((name) => !names.includes(name));
    if (missing.length) throw new Error(say.upload.missing(missing));
    if (!lines.length) throw new Error(say.upload.empty);
    return lines.map(({ line, cells }) => {
      const given = names.map((name, at) => [name, cells[at] ?? ""]).filter(([, value]) => value !== "");
      return { line, row: Object.fromEntries(given) };
    });
  }

  /** The rows with what the service says of each. */
  async #send(rows, dryRun) {
    const answered = [];
    for (let at = 0; at < rows.length; at += AT_ONCE) {
      const some = rows.slice(at, at + AT_ONCE);
      const body = { classes: some.map((one) => one.row), dry_run: dryRun };
      const { results } = await this.gateway.ask("POST", "/registrar/classes/upload", body);
      answered.push(...some.map((one, index) => ({ ...one, ...results[index] })));
    }
    return answered;
  }

  #show(rows) {
    this.#rows = rows;
    const count = (...outcomes) => rows.filter((one) => outcomes.includes(one.outcome)).length;
    const [good, kept] = [count("good", "added"), count("kept")];
    if (rows.length) setText(this.summary, say.upload.summary(good, kept, rows.length - good - kept));
    // What is wrong comes first: that is what somebody has to do something about.
    const shown = rows.toSorted((one, other) => (other.outcome === "bad") - (one.outcome === "bad")).slice(0, MOST_SHOWN);
    this.body.replaceChildren(...shown.map(makeRow));
    show(this.table, rows.length > 0);
    setText(this.dialog.yes, say.upload.go(count("good")));
    show(this.dialog.yes, count("good") > 0);
  }

  async #add() {
    const rows = await this.#send(this.#rows.filter((one) => one.outcome === "good"), false);
    const others = this.#rows.filter((one) => one.outcome !== "good");
    tell(say.upload.done(rows.filter((one) => one.outcome === "added").length));
    this.#show([...rows, ...others]);
    this.done();
    return rows.every((one) => one.outcome !== "bad") && others.length === 0;
  }
}

function makeRow({ line, row, outcome, detail }) {
  const cells = [line, `${row.course_code ?? ""} ${row.class_name ?? ""}`, detail ?? say.upload.outcomes[outcome]];
  const node = element("tr", { className: outcome }, ...cells.map((text) => element("td", { textContent: text })));
  Object.values(say.upload.columns).forEach((name, at) => (node.children[at].dataset.column = name));
  return node;
}

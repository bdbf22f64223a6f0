// What may be taken along of one list of a class: a file, the addresses, or a mail to all in it.

import { download, writeCsv } from "./csv.js";
import { button, element, show } from "./dom.js";
import { say } from "./language.js";
import { MessageDialog } from "./message.js";
import { tell } from "./toasts.js";

const MOST_IN_A_MAIL = 50; // longer links are cut by mail programs
const COLUMNS = ["student_id", "username", "email", "position", "since"];

export class RosterExports {
  #list = null;
  #facts = null;

  /** `role`: whose routes to ask. `everybody()`: all in the list, also those who are not shown yet. */
  constructor(gateway, role, everybody) {
    this.gateway = gateway;
    this.role = role;
    this.everybody = everybody;
    this.csv = button(say.roster.csv, "quiet", () => this.#downloadCsv());
    this.pack = button(say.roster.pack, "quiet", () => this.#downloadPackage());
    this.copy = button(say.roster.copy, "quiet", () => this.#copyAddresses());
    this.mail = this.#makeMail();
    this.node = element("p", { className: "row", hidden: true }, this.csv, this.pack, this.copy, this.mail);
  }

  /** Instructors write through the server; for registrars a link opens the mail program. */
  #makeMail() {
    if (this.role !== "instructor") return element("a", { textContent: say.roster.mail });
    this.message = new MessageDialog(this.gateway);
    return button(say.roster.mail, "quiet", () => this.message.open(this.#facts, this.#list));
  }

  /** Another list is asked for; nothing is offered before it has come. */
  forget(list) {
    this.#list = list;
    show(this.pack, list === "enrolled");
    show(this.node, false);
  }

  close() {
    this.message?.close();
  }

  /** `students` are those who are shown, `isMore`: there are others. */
  update(facts, students, isMore) {
    this.#facts = facts;
    const addresses = addressesOf(students);
    show(this.node, students.length > 0);
    show(this.copy, addresses.length > 0);
    show(this.mail, addresses.length > 0 && (this.message || (addresses.length <= MOST_IN_A_MAIL && !isMore)));
    if (this.message) return;
    const subject = encodeURIComponent(say.names.class(facts));
    this.mail.href = `mailto:?bcc=${addresses.map(encodeURIComponent).join(",")}&subject=${subject}`;
  }

  async #downloadCsv() {
    await quietly(async () => {
      const rows = (await this.everybody()).map((one) => COLUMNS.map((name) => one[name]));
      download(this.#fileName(`${this.#list}.csv`), writeCsv([COLUMNS, ...rows]));
    });
  }

  async #downloadPackage() {
    await quietly(async () => {
      const content = await this.gateway.file(`/${this.role}/package/${this.#facts.ClassID}`);
      download(this.#fileName("oneroster.zip"), content);
    });
  }

  #fileName(ending) {
    const { CourseCode: course, SectionNumber: section } = this.#facts;
    return `${course}-${section}-${ending}`.replace(/[^\w.-]+/g, "-");
  }

  async #copyAddresses() {
    await quietly(async () => {
      const addresses = addressesOf(await this.everybody());
      await navigator.clipboard.writeText(addresses.join(", "));
      tell(say.roster.copied(addresses.length));
    });
  }
}

const addressesOf = (students) => students.map((one) => one.email).filter(Boolean);

async function quietly(work) {
  try {
    await work();
  } catch (error) {
    if (error.status !== 401) tell(error.message, "bad");
  }
}

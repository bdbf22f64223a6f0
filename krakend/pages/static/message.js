// Writing a mail to everybody in one list of a class; the server sends it.

import { element } from "./dom.js";
import { FormDialog, field } from "./forms.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";

export class MessageDialog {
  #to = null;

  constructor(gateway) {
    this.gateway = gateway;
    const words = say.roster.write;
    this.subject = field("message-title", words.subject, { required: true, maxLength: 100 });
    this.text = element("textarea", { id: "message-text", rows: 8, required: true, maxLength: 5000 });
    const label = element("label", { htmlFor: "message-text", textContent: words.text });
    this.hint = element("p", { className: "hint", textContent: words.hint });
    this.dialog = new FormDialog("message-dialog", words.send, () => this.#send());
    this.dialog.content.append(this.hint, this.subject.node, element("div", { className: "field" }, label, this.text));
    document.body.append(this.dialog.node);
  }

  /** `to`: enrolled, waiting or dropped. What was written and not sent is still there. */
  open(facts, to) {
    if (this.#to?.facts.ClassID !== facts.ClassID) this.subject.input.value = this.text.value = "";
    this.#to = { facts, to };
    this.dialog.open(say.roster.write.title(say.roster.tabs[to], say.names.section(facts)));
    this.subject.input.focus();
  }

  close() {
    this.dialog.close();
    this.#to = null;
    this.subject.input.value = this.text.value = "";
  }

  async #send() {
    const [{ facts, to }, text] = [this.#to, this.text.value];
    const body = { to, title: this.subject.input.value.trim(), text: text.replace(/\r\n?/g, "\n") };
    const { recipients } = await this.gateway.ask("POST", `/instructor/message/${facts.ClassID}`, body);
    // What was written meanwhile, to others, stays.
    if (this.subject.input.value.trim() === body.title && this.text.value === text) this.subject.input.value = this.text.value = "";
    tell(say.roster.write.sent(recipients), "good");
    return true;
  }
}

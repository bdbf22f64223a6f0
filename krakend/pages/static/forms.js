// Dialogs with a form, made where they are needed.

import { element, setText, whileDisabled } from "./dom.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";

/** A labelled field; `options` of a select as {value: text}. */
export function field(id, label, properties = {}, options = null) {
  const input = element(options ? "select" : "input", { id, ...properties });
  for (const [value, text] of Object.entries(options ?? {})) input.append(element("option", { value, textContent: text }));
  return { input, node: element("div", { className: "field" }, element("label", { htmlFor: id, textContent: label }), input) };
}

/** A dialog whose form does `submit()`; what that throws is shown in it, and it closes when `submit` gives true. */
export class FormDialog {
  #openings = 0;

  constructor(id, yes, submit) {
    this.title = element("h2", { id: `${id}-title` });
    this.content = element("div", {});
    this.problem = element("p", { className: "problem" });
    this.problem.setAttribute("role", "alert");
    this.yes = element("button", { type: "submit", className: "main", textContent: yes });
    const close = element("button", { type: "button", className: "link", textContent: say.page.close });
    const form = element("form", {}, this.title, this.content, this.problem, element("div", { className: "row" }, this.yes, close));
    this.node = element("dialog", { id }, form);
    this.node.setAttribute("aria-labelledby", `${id}-title`);
    close.addEventListener("click", () => this.node.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      whileDisabled(this.yes, () => this.#submit(submit));
    });
  }

  open(title) {
    setText(this.title, title);
    setText(this.problem, "");
    this.#openings += 1;
    this.node.showModal();
  }

  /** Above the buttons, and read out. */
  say(text) {
    setText(this.problem, text);
  }

  close() {
    this.node.close();
  }

  async #submit(submit) {
    setText(this.problem, "");
    const opening = this.#openings;
    const isStill = () => opening === this.#openings && this.node.open; // not closed meanwhile, or about something else
    try {
      if ((await submit()) && isStill()) this.node.close();
    } catch (error) {
      if (isStill()) setText(this.problem, error.message);
      else if (error.status !== 401) tell(error.message, "bad");
    }
  }
}

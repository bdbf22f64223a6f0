// The health of the system in words: what is down, since when, what it means for people, and what heals by itself.

import { DeadLetters } from "./dead-letters.js";
import { element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { trouble } from "./toasts.js";
import { Refresher } from "./refresher.js";
import { moment } from "./words.js";

const EVERY_MS = 5_000;
const OLD_S = 60; // so old a notice in the outbox is a reason to worry
const DEEP = 1_000; // messages in a queue
const KINDS = [undefined, "retry", "dead"]; // of a channel's queues

export class OperationView {
  /** `names`: the user names of students. */
  constructor(gateway, names) {
    this.gateway = gateway;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => this.#report(error));
    this.title = element("h2", { textContent: say.operation.title, tabIndex: -1 });
    this.sum = element("p", { className: "sum" });
    this.sum.setAttribute("role", "status");
    this.troubles = element("ul", { className: "cards" });
    const titleOfAll = element("h3", { textContent: say.operation.processes, id: "operation-processes" });
    this.body = element("tbody");
    const head = Object.values(say.operation.columns).map((text) => element("th", { textContent: text, scope: "col" }));
    this.table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.setAttribute("aria-labelledby", "operation-processes");
    this.waiting = element("p");
    this.dead = new DeadLetters(gateway, names, "dead-letters");
    this.node = element("div", {}, this.title, this.sum, this.troubles, titleOfAll, this.table, this.waiting, this.dead.node);
    show(this.dead.node, false); // until what stands above it is there, which would push it down
    this.renderTroubles = keyed(makeTrouble, (one) => one.name);
    this.renderRows = keyed(makeRow, (one) => `${one.name}.${one.instance}`);
  }

  open() {
    show(this.node, true);
    this.refresher.start();
    this.dead.open();
    this.title.focus();
  }

  close() {
    this.refresher.stop();
    this.dead.close();
    show(this.node, false);
  }

  forget() {
    this.renderTroubles(this.troubles, []);
    this.renderRows(this.body, []);
    this.dead.forget();
    show(this.dead.node, false);
  }

  async #load() {
    const health = await this.gateway.ask("GET", "/registrar/operating");
    const found = troublesOf(health);
    setText(this.sum, found.length ? say.operation.some(found.length) : say.operation.well);
    this.renderTroubles(this.troubles, found);
    this.renderRows(this.body, [...health.stores, ...health.processes]);
    const queues = channelsOf(health.queues).map(([name, counts]) => say.operation.queue(name, ...counts));
    const age = health.outbox_age_s === null ? [] : [say.operation.outbox(Math.round(health.outbox_age_s))];
    setText(this.waiting, [...queues, ...age].join(" "));
    show(this.dead.node, true);
  }

  #report(error) {
    if (error) show(this.dead.node, true);
    trouble("operation", error?.status === 401 ? null : error);
  }
}

/** [[name, [to be sent, to be tried again, given up]]] of queues as "notification.email.retry.5000ms": count. */
function channelsOf(queues) {
  const found = new Map();
  for (const [queue, count] of Object.entries(queues)) {
    const [, channel, kind] = queue.match(/^(?:notification\.)?([^.]+)(?:\.(retry|dead))?/);
    const name = say.names.channels[channel] ?? channel;
    const counts = found.get(name) ?? [0, 0, 0];
    counts[KINDS.indexOf(kind)] += count;
    found.set(name, counts);
  }
  return [...found];
}

/** [{name, since}]: what does not answer, what others say they lack, and what fails or is late, each once. */
function troublesOf({ processes, stores, queues, outbox_age_s: age, sent }) {
  const found = new Map();
  const note = (part, since) => {
    const name = part === "publisher" ? "rabbitmq" : part; // a connection to it
    const known = found.get(name);
    if (!known || since < known.since) found.set(name, { name, since });
  };
  for (const one of [...stores, ...processes]) {
    if (one.state === "no_answer") note(one.name, one.since);
    for (const part of one.lacks) note(part, one.since);
    if (one.state === "not_ready" && !one.lacks.length) note(one.name, one.since);
  }
  for (const [channel, { delivered, failed }] of Object.entries(sent)) {
    if (failed > delivered) note(`failing:${channel}`, "");
  }
  for (const [queue, count] of Object.entries(queues)) if (count > DEEP) note(`queue:${queue}`, "");
  if (age !== null && age > OLD_S) note("outbox", "");
  return [...found.values()];
}

function makeTrouble(one) {
  const words = say.operation.parts[one.name.split(":")[0]] ?? say.operation.parts.other;
  const title = element("h3");
  const meaning = element("p", { textContent: words.means });
  const healing = element("p", { className: "hint", textContent: words.heals });
  return {
    node: element("li", { className: "card trouble-card" }, title, meaning, healing),
    update(fresh) {
      const channel = fresh.name.split(":")[1];
      const name = words.of?.(say.names.channels[channel] ?? channel) ?? words.name ?? fresh.name;
      setText(title, fresh.since ? say.operation.down(name, moment(fresh.since)) : name);
    },
  };
}

function makeRow() {
  const cells = Object.values(say.operation.columns).map((name) => {
    const cell = element("td");
    cell.dataset.column = name;
    return cell;
  });
  const node = element("tr", {}, ...cells);
  return {
    node,
    update(one) {
      node.className = ["ready", "unknown"].includes(one.state) ? "" : "bad";
      const name = say.operation.parts[one.name]?.name ?? one.name;
      const texts = [`${name} ${one.instance > 1 ? one.instance : ""}`.trim(), say.operation.states[one.state], moment(one.since), one.detail ?? ""];
      texts.forEach((text, at) => setText(cells[at], text));
    },
  };
}

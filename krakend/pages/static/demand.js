// Registration day as pictures: what is asked for where, what happens minute by minute, which lines are long and which
// grow, what was sent and what could not be. Live, from what the services keep: nothing of it is this page's own.

import { BarChart, MinuteChart } from "./charts.js";
import { DeadLetters } from "./dead-letters.js";
import { element, setText, show } from "./dom.js";
import { say } from "./language.js";
import { trouble } from "./toasts.js";
import { linkTo } from "./place.js";
import { Refresher } from "./refresher.js";
import { nameOf } from "./words.js";

const EVERY_MS = 5_000;
const MINUTES_EVERY = 2; // times
const OUTCOMES = ["delivered", "failed", "dead_lettered"];
const OF_CLASSES = ["class", "seats", "enrolled", "waiting", "places"];

export class DemandView {
  #times = 0;

  /** `names`: the user names of students. */
  constructor(gateway, names) {
    this.gateway = gateway;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => trouble("demand", error?.status === 401 ? null : error));
    this.title = element("h2", { textContent: say.demand.title, tabIndex: -1 });
    this.sum = element("p", { className: "sum" });
    this.none = element("p", { className: "none", textContent: say.demand.none, hidden: true });
    const { titles } = say.demand;
    this.seats = new MinuteChart("seats", titles.seats, ["enrolled_now", "joined"]);
    this.moved = new MinuteChart("promotions", titles.promotions, ["promoted", "dropped"]);
    this.sent = new Map();
    this.notices = element("div");
    for (const channel of Object.keys(say.names.channels)) this.#chartOf(channel);
    this.growing = new BarChart("growing", titles.growing, ["class", "growth", "waiting", "places"], { ...ofClass, bar: grownBar });
    this.wanted = new BarChart("classes", titles.classes, OF_CLASSES, { ...ofClass, bar: seatsBar });
    this.departments = new BarChart("departments", titles.departments, ["department", "classes", "seats", "enrolled", "waiting"], {
      key: (one) => one.department, label: (one) => element("span", { textContent: one.department }), bar: seatsBar,
    });
    this.lines = new BarChart("lines", titles.lines, OF_CLASSES, { ...ofClass, bar: seatsBar });
    this.dead = new DeadLetters(gateway, names, "demand-dead");
    show(this.growing.node, false);
    const pictures = [this.seats, this.moved, this.growing, this.wanted, this.departments, this.lines].map((one) => one.node);
    this.known = element("div", { hidden: true }, this.sum, ...pictures, this.none, this.notices, this.dead.node); // all at once: nothing jumps
    this.node = element("div", {}, this.title, this.known);
  }

  open() {
    show(this.node, true);
    this.#times = 0;
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
    this.dead.forget();
    show(this.known, false);
  }

  /** What can be had is shown, also when something else cannot. */
  async #load() {
    const parts = [this.#loadClasses()];
    if (this.#times % MINUTES_EVERY === 0) parts.push(this.#loadMinutes(), this.#loadNotices());
    this.#times += 1;
    const settled = await Promise.allSettled(parts);
    if (settled.some((part) => part.status === "fulfilled")) show(this.known, true);
    const failed = settled.find((part) => part.status === "rejected");
    if (!failed) return;
    this.#times = 0;
    throw failed.reason;
  }

  async #loadClasses() {
    const now = await this.gateway.refresh("/registrar/demand");
    setText(this.sum, say.demand.sum(now));
    this.departments.update(now.departments);
    this.wanted.update(named(now.most_wanted));
    this.lines.update(named(now.longest_lines));
    show(this.lines.node, now.longest_lines.length > 0);
    show(this.none, now.longest_lines.length === 0);
  }

  async #loadMinutes() {
    const { minutes, until, growing_lines: growing } = await this.gateway.refresh("/registrar/demand/minutes");
    this.seats.update(minutes.map((one) => ({ ...one, enrolled_now: one.enrolled })), until);
    this.moved.update(minutes, until);
    this.growing.update(named(growing));
    show(this.growing.node, growing.length > 0);
  }

  async #loadNotices() {
    const { minutes, until } = await this.gateway.refresh("/registrar/notices/minutes");
    for (const { channels } of minutes) for (const channel of Object.keys(channels)) this.#chartOf(channel);
    for (const [channel, chart] of this.sent) {
      chart.update(minutes.map(({ minute, channels }) => ({ minute, ...channels[channel] })), until);
    }
  }

  #chartOf(channel) {
    if (this.sent.has(channel)) return;
    const title = say.demand.titles.notices(say.names.channels[channel] ?? channel);
    const chart = new MinuteChart(`notices-${channel}`, title, OUTCOMES);
    this.sent.set(channel, chart);
    this.notices.append(chart.node);
  }
}

const named = (classes) => classes.map((one) => ({ ...one, class: nameOf(one) }));
const ofClass = {
  key: (one) => one.class_id,
  label: (one) => element("a", { href: linkTo({ class: one.class_id, show: "waiting" }), textContent: one.class }),
};

const seatsBar = (one) => ({
  room: one.seats, filled: one.enrolled, hatched: one.waiting, from: one.seats, words: say.demand.bar(one),
});

const grownBar = (one) => ({ room: one.places, filled: 0, hatched: one.waiting, from: 0, words: say.demand.grown(one) });

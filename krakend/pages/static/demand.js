// Registration day as pictures: what is asked for where, which lines are long and grow, and how it goes. Live.

import { button, element, keyed, setText, show } from "./dom.js";
import { download, writeCsv } from "./csv.js";
import { say } from "./language.js";
import { trouble } from "./news.js";
import { linkTo } from "./place.js";
import { Refresher } from "./refresher.js";
import { clock, number } from "./words.js";

const EVERY_MS = 5_000;
const MOST_SAMPLES = 720; // an hour
const MINUTE_MS = 60_000;
const GROWTH_MS = 5 * MINUTE_MS;
const [WIDTH, HEIGHT] = [600, 160];

export class DemandView {
  #samples = [];

  constructor(gateway) {
    this.gateway = gateway;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => trouble("demand", error?.status === 401 ? null : error));
    this.title = element("h2", { textContent: say.demand.title, tabIndex: -1 });
    this.sum = element("p", { className: "sum" });
    this.rate = element("p", { className: "hint" });
    this.none = element("p", { className: "none", textContent: say.demand.none, hidden: true });
    this.course = new TimeChart();
    this.departments = new BarChart("departments", say.demand.departments, ["department", "classes", "seats", "enrolled", "waiting"], {
      key: (one) => one.department, label: (one) => element("span", { textContent: one.department }),
    });
    this.lines = new BarChart("lines", say.demand.lines, ["class", "seats", "enrolled", "waiting", "places", "growth"], {
      key: (one) => one.class_id,
      label: (one) => element("a", { href: linkTo({ class: one.class_id, show: "waiting" }), textContent: one.class }),
    });
    const pictures = [this.course, this.departments, this.lines].map((one) => one.node);
    this.known = element("div", { hidden: true }, this.sum, this.rate, ...pictures, this.none); // all at once: nothing jumps
    this.node = element("div", {}, this.title, this.known);
  }

  open() {
    show(this.node, true);
    this.refresher.start();
    this.title.focus();
  }

  close() {
    this.refresher.stop();
    show(this.node, false);
  }

  forget() {
    this.#samples = [];
  }

  async #load() {
    const now = await this.gateway.refresh("/registrar/demand");
    const sample = { at: Date.now(), enrolled: now.enrolled, waiting: now.waiting, lines: new Map(now.longest_lines.map((one) => [one.class_id, one.waiting])) };
    this.#samples = [...this.#samples, sample].slice(-MOST_SAMPLES);
    setText(this.sum, say.demand.sum(now));
    const minute = this.#since(MINUTE_MS);
    setText(this.rate, say.demand.rate(now.enrolled - minute.enrolled, now.waiting - minute.waiting));
    this.course.update(this.#samples);
    this.departments.update(now.departments);
    const before = this.#since(GROWTH_MS).lines;
    this.lines.update(now.longest_lines.map((one) => ({
      ...one, class: `${one.course_code} ${one.class_name}`, growth: one.waiting - (before.get(one.class_id) ?? 0),
    })));
    show(this.lines.node, now.longest_lines.length > 0);
    show(this.none, now.longest_lines.length === 0);
    show(this.known, true);
  }

  /** The oldest sample that is not older than this. */
  #since(ms) {
    const from = Date.now() - ms;
    return this.#samples.find((one) => one.at >= from) ?? this.#samples.at(-1);
  }
}

/** A picture with its table behind it, which can be taken along as a file. */
class Figure {
  constructor(name, title, columns, picture) {
    this.name = name;
    this.columns = columns;
    this.body = element("tbody");
    const head = columns.map((column) => element("th", { textContent: say.demand.columns[column], scope: "col" }));
    const table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    const file = button(say.roster.csv, "quiet", () => download(`${name}.csv`, writeCsv([columns, ...this.rows])));
    file.setAttribute("aria-label", `${say.roster.csv}: ${title}`);
    const caption = element("figcaption", { id: `${name}-title` }, element("h3", { textContent: title }));
    table.setAttribute("aria-labelledby", `${name}-title`);
    const details = element("details", {}, element("summary", { textContent: say.demand.table }), table, file);
    this.node = element("figure", {}, caption, picture, details);
    this.rows = [];
    details.addEventListener("toggle", () => this.#fill());
    this.details = details;
  }

  /** `rows`: arrays of cells. The table is only made while somebody looks at it. */
  fill(rows) {
    this.rows = rows;
    this.#fill();
  }

  #fill() {
    if (!this.details.open) return;
    this.body.replaceChildren(...this.rows.map((cells) => element("tr", {}, ...cells.map((content, at) => {
      const cell = element("td", { textContent: typeof content === "number" ? number(content) : content });
      cell.dataset.column = say.demand.columns[this.columns[at]];
      return cell;
    }))));
  }
}

/** Seats and waiting students of several, as bars to one scale; the words beside each say the same. */
class BarChart {
  constructor(name, title, columns, { key, label }) {
    this.columns = columns;
    this.list = element("ul", { className: "chart" });
    this.figure = new Figure(name, title, columns, this.list);
    this.node = this.figure.node;
    this.renderBars = keyed((one) => makeBar(label(one)), key);
  }

  update(items) {
    const most = Math.max(1, ...items.map((one) => Math.max(one.seats, one.enrolled) + one.waiting));
    this.renderBars(this.list, items.map((one) => ({ ...one, most })));
    this.figure.fill(items.map((one) => this.columns.map((column) => one[column])));
  }
}

function makeBar(label) {
  const [seats, enrolled, waiting] = ["seats", "enrolled", "waiting"].map((className) => element("i", { className }));
  const bar = element("span", { className: "stack" }, seats, enrolled, waiting);
  bar.setAttribute("aria-hidden", "true");
  const words = element("span", { className: "words" });
  return {
    node: element("li", {}, label, bar, words),
    update(one) {
      const share = (count) => `${(100 * count) / one.most}%`;
      seats.style.setProperty("--width", share(one.seats));
      enrolled.style.setProperty("--width", share(one.enrolled));
      waiting.style.setProperty("--width", share(one.waiting));
      waiting.style.setProperty("--from", share(one.seats));
      setText(words, say.demand.bar(one));
    },
  };
}

/** Enrolled and waiting students over time: a full and a dashed line, each named where it ends. */
class TimeChart {
  constructor() {
    const make = (tag, attributes) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      return node;
    };
    this.svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "course", role: "img", preserveAspectRatio: "none" });
    this.enrolled = make("polyline", { class: "enrolled" });
    this.waiting = make("polyline", { class: "waiting" });
    this.svg.append(this.enrolled, this.waiting);
    this.legend = element("p", { className: "words" }, element("i", { className: "key enrolled" }), element("span"), element("i", { className: "key waiting" }), element("span"));
    const picture = element("div", {}, this.svg, this.legend);
    this.figure = new Figure("course", say.demand.course, ["time", "enrolled", "waiting"], picture);
    this.node = this.figure.node;
  }

  update(samples) {
    const [first, last] = [samples[0], samples.at(-1)];
    const most = Math.max(1, ...samples.map((one) => Math.max(one.enrolled, one.waiting)));
    const spanMs = Math.max(1, last.at - first.at);
    for (const name of ["enrolled", "waiting"]) {
      const points = samples.map((one) => `${((one.at - first.at) / spanMs) * WIDTH},${HEIGHT - 4 - (one[name] / most) * (HEIGHT - 12)}`);
      this[name].setAttribute("points", (samples.length === 1 ? [...points, points[0].replace("0,", `${WIDTH},`)] : points).join(" "));
    }
    const words = say.demand.now(first, last, clock(new Date(first.at)));
    this.svg.setAttribute("aria-label", `${words.enrolled}. ${words.waiting}`);
    const [enrolled, waiting] = this.legend.querySelectorAll("span");
    setText(enrolled, words.enrolled);
    setText(waiting, words.waiting);
    this.figure.fill(samples.map((one) => [new Date(one.at).toISOString(), one.enrolled, one.waiting]));
  }
}

// Pictures with the table behind each. They are drawn without colour, too: by full, dashed and dotted lines, and by bars
// that are framed, filled or hatched. Why not by a library: etc/decisions/16.

import { button, element, keyed, setText } from "./dom.js";
import { download, writeCsv } from "./csv.js";
import { say } from "./language.js";
import { clock, number } from "./words.js";

const [WIDTH, HEIGHT, ROOM] = [600, 160, 6];
const MINUTE_MS = 60_000;
const LEAST_MINUTES = 10; // as wide as a picture at least is
const STROKES = ["full", "dashed", "dotted"];

/** A picture with its table behind it, which can be taken along as a file. */
class Figure {
  constructor(name, title, columns, picture) {
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
      const column = this.columns[at];
      const text = column === "minute" ? clock(new Date(content)) : typeof content === "number" ? number(content) : content;
      const cell = element("td", { textContent: text });
      cell.dataset.column = say.demand.columns[column];
      return cell;
    }))));
  }
}

/** Several things as bars to one scale: what there is room for is framed; the words beside each say the same. */
export class BarChart {
  /** `columns`: of the table. `label(one)`: a node. `bar(one)`: {room, filled, hatched, from, words}, see makeBar. */
  constructor(name, title, columns, { key, label, bar }) {
    this.columns = columns;
    this.bar = bar;
    this.list = element("ul", { className: "chart" });
    this.figure = new Figure(name, title, columns, this.list);
    this.node = this.figure.node;
    this.renderBars = keyed((one) => makeBar(label(one.item)), (one) => key(one.item));
  }

  update(items) {
    const bars = items.map((item) => ({ item, ...this.bar(item) }));
    const most = Math.max(1, ...bars.map((one) => Math.max(one.room, one.filled, one.from + one.hatched)));
    this.renderBars(this.list, bars.map((one) => ({ ...one, most })));
    this.figure.fill(items.map((one) => this.columns.map((column) => one[column])));
  }
}

/** A frame for the room there is, a fill from its beginning, and a hatching `from` somewhere. */
function makeBar(label) {
  const [room, filled, hatched] = ["room", "filled", "hatched"].map((className) => element("i", { className }));
  const bar = element("span", { className: "stack" }, room, filled, hatched);
  bar.setAttribute("aria-hidden", "true");
  const words = element("span", { className: "words" });
  return {
    node: element("li", {}, label, bar, words),
    update(one) {
      const share = (count) => `${(100 * count) / one.most}%`;
      room.style.setProperty("--width", share(one.room));
      filled.style.setProperty("--width", share(one.filled));
      hatched.style.setProperty("--width", share(one.hatched));
      hatched.style.setProperty("--from", share(one.from));
      setText(words, one.words);
    },
  };
}

/** Counts for each of the last minutes, one line for each name; below it what each came to. */
export class MinuteChart {
  /** `names`: up to three, also the columns of the table behind it. */
  constructor(name, title, names) {
    this.names = names;
    this.svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "course", role: "img", preserveAspectRatio: "none" });
    this.lines = names.map((_, at) => draw("polyline", { class: STROKES[at] }));
    this.svg.append(...this.lines);
    [this.most, this.from, this.until] = [0, 0, 0].map(() => element("span"));
    const axis = element("p", { className: "axis hint" }, this.from, this.until);
    this.words = names.map(() => element("span"));
    const keys = names.map((_, at) => element("span", {}, element("i", { className: `key ${STROKES[at]}` }), this.words[at]));
    const legend = element("p", { className: "words legend" }, ...keys);
    const scale = element("p", { className: "axis hint" }, this.most);
    this.figure = new Figure(name, title, ["minute", ...names], element("div", {}, scale, this.svg, axis, legend));
    this.node = this.figure.node;
  }

  /** `minutes`: [{minute, …counts by name}], oldest first, without empty ones; `until`: the minute that is not over. */
  update(minutes, until) {
    const rows = everyMinute(minutes, until, this.names);
    const most = Math.max(1, ...rows.flatMap((row) => this.names.map((name) => row[name])));
    const words = this.names.map((name, at) => {
      const counts = rows.map((row) => row[name]);
      const points = counts.map((count, x) => `${(x / (rows.length - 1)) * WIDTH},${HEIGHT - ROOM - (count / most) * (HEIGHT - 2 * ROOM)}`);
      this.lines[at].setAttribute("points", points.join(" "));
      const total = counts.reduce((sum, one) => sum + one, 0);
      const text = say.demand.minute(say.demand.columns[name], counts.at(-1), counts.at(-2), total);
      setText(this.words[at], text);
      return text;
    });
    this.svg.setAttribute("aria-label", words.join(". "));
    setText(this.most, say.demand.atMost(most));
    setText(this.from, clock(new Date(rows[0].minute)));
    setText(this.until, clock(new Date(until)));
    this.figure.fill(rows.map((row) => [row.minute, ...this.names.map((name) => row[name])]));
  }
}

/** A row for each minute from the first with a count, but at least ten minutes, up to the one that is not over. */
function everyMinute(minutes, until, names) {
  const known = new Map(minutes.map((one) => [Date.parse(one.minute), one]));
  const end = Date.parse(until);
  const first = Math.min(end - (LEAST_MINUTES - 1) * MINUTE_MS, ...known.keys());
  const rows = [];
  for (let at = first; at <= end; at += MINUTE_MS) {
    const counts = known.get(at);
    const minute = new Date(at).toISOString().replace(".000", "");
    rows.push({ minute, ...Object.fromEntries(names.map((name) => [name, counts?.[name] ?? 0])) });
  }
  return rows;
}

function draw(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// The call as it is declared, drawn; the present step lit, the way so far marked. Beside it the way in words, for whoever
// does not see it or has no room for it.

import { element, prefersStillness, svg } from "./elements.js";
import { Graph as Layout, layout } from "./vendor/dagre.esm.js";

const HEIGHT = 30; // of a step, in units of the drawing: a pixel at size 1
const LETTER = 7.4;
const SMALL_LETTER = 6.6;
const EVERYWHERE = "at every step that asks";
const SIZES = [0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6];

const inWords = (name) => name.replaceAll("_", " ");
const keyOf = (from, to) => `${from} ${to}`;

export class Graph {
  #box;
  #list;
  #way = []; // the steps that the call came to, in order
  #steps = new Map(); // name → how it is drawn, and where
  #arrows = new Map(); // "from to" → its path
  #drawing = null;
  #size = 1;
  #isWhole = false;
  #whole;

  constructor({ box, list, smaller, larger, whole }) {
    this.#box = box;
    this.#list = list;
    this.#whole = whole;
    smaller.addEventListener("click", () => this.#resize(SIZES.findLast((size) => size < this.#size - 0.01) ?? SIZES[0]));
    larger.addEventListener("click", () => this.#resize(SIZES.find((size) => size > this.#size + 0.01) ?? SIZES.at(-1)));
    whole.addEventListener("click", () => (this.#isWhole ? this.#resize(1) : this.#fit()));
    new ResizeObserver(() => (this.#isWhole ? this.#fit() : this.#follow(this.#way.at(-1)))).observe(box);
  }

  /** The chart, when it has come; what has happened in the meantime is drawn with it. */
  async draw(address) {
    const answer = await fetch(address);
    if (!answer.ok) return;
    const chart = await answer.json();
    const laid = laidOut(chart);
    const { width, height } = laid.graph();
    const arrows = laid.edges().map((edge) => this.#arrow(edge, laid.edge(edge)));
    const steps = laid.nodes().map((name) => this.#step(name, laid.node(name)));
    for (const { name, as } of chart.steps) this.#steps.set(name, this.#steps.get(as));
    this.#drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Graph of the call" },
      svg("defs", {}, tip("tip", "tip"), tip("tip-passed", "tip passed")), ...arrows, ...steps);
    this.#box.replaceChildren(this.#drawing);
    this.#resize(1);
    this.#mark();
  }

  clear() {
    this.#way = [];
    this.#list.replaceChildren();
    for (const extra of this.#box.querySelectorAll(".jump")) extra.remove();
    this.#mark();
  }

  show(event) {
    if (!event.steps) return;
    for (const name of event.steps) {
      this.#way.push(name);
      this.#list.querySelector("[aria-current]")?.removeAttribute("aria-current");
      this.#list.append(element("li", { "aria-current": "step" }, inWords(name)));
    }
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#mark();
  }

  // -- what is drawn once

  #step(name, { x, y, width, height, kind, count }) {
    const label = svg("text", { x, y, "text-anchor": "middle", "dominant-baseline": "central" }, inWords(name));
    const behind = count > 1 ? [outline(kind, x + 4, y + 4, width, height)] : [];
    const group = svg("g", { class: `step ${kind.replace(" ", "-")}` }, ...behind, outline(kind, x, y, width, height), label);
    this.#steps.set(name, { group, label, name, x, y, height });
    return group;
  }

  #arrow({ v, w }, { points, label, x, y, isCommon }) {
    const path = svg("path", { d: curve(points), "marker-end": "url(#tip)" });
    const group = svg("g", { class: `arrow${isCommon ? " common" : ""}` }, path);
    if (label) group.append(svg("text", { x, y, "text-anchor": "middle", "dominant-baseline": "central" }, label));
    this.#arrows.set(keyOf(v, w), { group, path });
    return group;
  }

  // -- what changes

  #mark() {
    if (!this.#drawing) return;
    const present = this.#way.at(-1);
    for (const { group, label, name } of this.#steps.values()) {
      group.classList.remove("passed", "now");
      label.textContent = inWords(name);
    }
    for (const name of this.#way) this.#steps.get(name)?.group.classList.add("passed");
    if (present) {
      this.#steps.get(present).group.classList.add("now");
      this.#steps.get(present).label.textContent = inWords(present);
    }
    const drawn = this.#way.map((name) => this.#steps.get(name).name);
    const hops = new Set(drawn.slice(1).map((name, at) => keyOf(drawn[at], name)));
    for (const hop of hops) if (!this.#arrows.has(hop)) this.#jump(...hop.split(" "));
    for (const [hop, { group, path }] of this.#arrows) {
      group.classList.toggle("passed", hops.has(hop));
      path.setAttribute("marker-end", hops.has(hop) ? "url(#tip-passed)" : "url(#tip)");
    }
    this.#drawing.setAttribute("aria-label", present ? `Graph of the call. Present step: ${inWords(present)}` : "Graph of the call");
    this.#follow(present);
  }

  /** A way that holds at every step, and so is not drawn at each, shows where it was taken. */
  #jump(from, to) {
    const [a, b] = [this.#steps.get(from), this.#steps.get(to)];
    if (!a || !b || a === b) return;
    const down = b.y >= a.y ? 1 : -1;
    const start = { x: a.x, y: a.y + (down * a.height) / 2 };
    const end = { x: b.x, y: b.y - (down * b.height) / 2 };
    const path = svg("path", { d: curve([start, { x: (start.x + end.x) / 2 + 30, y: (start.y + end.y) / 2 }, end]) });
    const group = svg("g", { class: "arrow jump" }, path);
    this.#drawing.querySelector(".step").before(group);
    this.#arrows.set(keyOf(from, to), { group, path });
  }

  #follow(name) {
    if (!this.#drawing || !name) return;
    const { x, y } = this.#steps.get(name);
    const { clientWidth, clientHeight } = this.#box;
    this.#box.scrollTo({
      left: x * this.#size - clientWidth / 2,
      top: y * this.#size - clientHeight / 2,
      behavior: prefersStillness() ? "auto" : "smooth",
    });
  }

  #resize(size, isWhole = false) {
    if (!this.#drawing) return;
    this.#size = size;
    this.#isWhole = isWhole;
    this.#whole.setAttribute("aria-pressed", String(isWhole));
    const { width, height } = this.#drawing.viewBox.baseVal;
    this.#drawing.setAttribute("width", Math.round(width * size));
    this.#drawing.setAttribute("height", Math.round(height * size));
    this.#follow(this.#way.at(-1));
  }

  #fit() {
    if (!this.#drawing) return;
    const { width, height } = this.#drawing.viewBox.baseVal;
    const { clientWidth, clientHeight } = this.#box;
    if (clientWidth && clientHeight) this.#resize(Math.min(1, clientWidth / width, clientHeight / height), true);
  }
}

// -- from the chart to places

function laidOut({ start, steps, arrows, everywhere, tries, failure }) {
  const laid = new Layout().setGraph({ rankdir: "TB", nodesep: 16, ranksep: 30, edgesep: 8, marginx: 12, marginy: 12 });
  const step = (name, kind, widest = name, count = 1) =>
    laid.setNode(name, { kind, count, width: widest.length * LETTER + 26, height: HEIGHT });
  const arrow = (from, to, label, more) =>
    laid.setEdge(from, to, { label, width: label.length * SMALL_LETTER + 4, height: label ? 14 : 0, labelpos: "c", ...more });
  const drawnAs = new Map(steps.map(({ name, as }) => [name, as]));
  for (const { as, kind } of steps) {
    const alike = steps.filter((other) => other.as === as).map(({ name }) => name);
    if (!laid.hasNode(as)) step(as, kind, alike.reduce((one, other) => (other.length > one.length ? other : one)), alike.length);
  }
  const outcomesOf = new Map();
  for (const { from, to, outcomes } of arrows) {
    const way = keyOf(drawnAs.get(from), drawnAs.get(to));
    outcomesOf.set(way, new Set([...(outcomesOf.get(way) ?? []), ...outcomes]));
  }
  for (const [way, outcomes] of outcomesOf) {
    const [from, to] = way.split(" ");
    if (from !== to) arrow(from, to, shortened([...outcomes]));
  }
  step(EVERYWHERE, "everywhere");
  const common = new Map([[failure, [`${tries} misses`]]]);
  for (const { key, to } of everywhere) if (steps.some(({ name }) => name === to)) common.set(to, [...(common.get(to) ?? []), key]);
  for (const [to, labels] of common) arrow(EVERYWHERE, to, labels.reverse().join(", "), { isCommon: true });
  layout(laid);
  return laid;
}

/** Two outcomes say what a way is for; seven would push all others aside. */
function shortened(outcomes) {
  const said = outcomes.filter(Boolean);
  return said.length > 2 ? `${inWords(said[0])} and ${said.length - 1} more` : said.map(inWords).join(", ");
}

function outline(kind, x, y, width, height) {
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  if (kind === "decides") {
    return svg("polygon", { points: `${left},${y} ${left + 10},${top} ${right - 10},${top} ${right},${y} ${right - 10},${bottom} ${left + 10},${bottom}` });
  }
  const rx = { ends: height / 2, "puts through": height / 2, says: 10 }[kind] ?? 3;
  return svg("rect", { x: left, y: top, width, height, rx });
}

/** Through all points, with the corners taken off. */
function curve(points) {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  const bends = rest.slice(0, -1).map((point, at) => {
    const next = rest[at + 1];
    const to = at === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x},${point.y} ${to.x},${to.y}`;
  });
  return `M${first.x},${first.y}${bends.length ? bends.join("") : `L${last.x},${last.y}`}`;
}

const tip = (id, kind) =>
  svg("marker", { id, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
    svg("path", { d: "M0,0L8,4L0,8z" }));

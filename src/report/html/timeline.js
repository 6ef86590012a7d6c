"use strict";
// The timeline is drawn anew for the stretch that is brushed over. Text is only ever set as text.
(() => {
  const svg = document.getElementById("timeline-svg");
  if (!svg) return;
  const data = JSON.parse(document.getElementById("timeline-data").textContent);
  const NS = "http://www.w3.org/2000/svg";
  const node = (tag, attributes, text) => {
    const element = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const room = data.width - data.left;
  let from = data.from, to = data.to;
  const x = (time) => data.left + ((time - from) / (to - from)) * room;
  const label = (time) => new Date(time).toISOString().replace("T", " ").slice(0, 19) + "Z";

  const size = (count) => data.sizes.findLast(([least]) => count >= least)[1];
  const marks = () => {
    const bins = new Map();
    for (const mark of data.marks) {
      const [lane, level, time] = mark;
      const place = x(time + data.from);
      if (place < data.left || place > data.width) continue;
      const bin = Math.floor(place / data.close);
      const key = (level * 64 + lane) * 4096 + bin;
      const found = bins.get(key);
      if (found) found.count += 1; else bins.set(key, { mark, place, count: 1 });
    }
    const drawn = [...bins].sort((a, b) => a[0] - b[0]).map(([, { mark, place, count }]) => {
      const [lane, level, time, title, id] = mark;
      const [shape, below] = data.shapes[level];
      const path = node("path", { class: `mark ${data.levels[level]}`, d: shape,
        transform: `translate(${place.toFixed(1)} ${data.top + lane * data.lane + below}) scale(${size(count)})` });
      const more = count > 1 ? `, and ${count - 1} more` : "";
      path.append(node("title", {}, `${label(time + data.from)}: ${data.titles[title]}${more}`));
      const link = node("a", { href: `#${id}`, tabindex: "-1" });
      link.append(path);
      return link;
    });
    svg.querySelector("#marks").replaceChildren(...drawn);
  };
  const axis = () => {
    const span = (to - from) / 1000;
    const step = (data.steps.find((each) => span / each <= 8) || data.steps.at(-1)) * 1000;
    const drawn = [];
    for (let at = Math.ceil(from / step) * step; at <= to && drawn.length < 64; at += step) {
      const full = label(at);
      const text = step < 60000 ? full.slice(5, 19) : step < 86400000 ? full.slice(5, 16) : full.slice(0, 10);
      drawn.push(node("path", { class: "tick", d: `M${x(at).toFixed(1)} ${data.axis - 6}V${data.height}` }));
      drawn.push(node("text", { x: x(at).toFixed(1), y: 13 }, text));
    }
    svg.querySelector("#axis").replaceChildren(...drawn);
  };
  const spans = () => {
    for (const rect of svg.querySelectorAll("[data-from]")) {
      const [left, right] = [x(+rect.dataset.from), x(+rect.dataset.to)];
      const isAlert = rect.parentElement.tagName === "a";
      rect.setAttribute("x", Math.max(left, -1e4).toFixed(1));
      rect.setAttribute("width", Math.max(Math.min(right, 1e5) - Math.max(left, -1e4), isAlert ? 6 : 1.5).toFixed(1));
    }
  };
  const zoom = (start, end) => {
    const least = 10000;
    const middle = (start + end) / 2, half = Math.max(end - start, least) / 2;
    from = Math.max(data.from, middle - half);
    to = Math.min(data.to, middle + half);
    if (to - from < least / 2) { from = data.from; to = data.to; }
    axis(); spans(); marks();
    output.textContent = `${label(from)} to ${label(to)}`;
  };
  const by = (grow, shift) => {
    const span = to - from, middle = (from + to) / 2 + shift * span;
    zoom(middle - (span * grow) / 2, middle + (span * grow) / 2);
  };
  const element = (tag, attributes) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const output = element("output", { "aria-live": "polite" });
  const tools = element("div", { class: "tools", role: "group", "aria-label": "Timeline" });
  for (const [name, act] of [["Zoom in", () => by(0.5, 0)], ["Zoom out", () => by(2, 0)],
    ["Earlier", () => by(1, -0.5)], ["Later", () => by(1, 0.5)], ["All", () => zoom(data.from, data.to)]]) {
    const button = element("button", { type: "button", class: "button" });
    button.textContent = name;
    button.addEventListener("click", act);
    tools.append(button);
  }
  tools.append("drag over the drawing to zoom", output);
  svg.parentElement.before(tools);

  let start = null, brush = null;
  const timeOf = (event) => {
    const place = ((event.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width) * data.width;
    return from + ((Math.min(Math.max(place, data.left), data.width) - data.left) / room) * (to - from);
  };
  svg.addEventListener("pointerdown", (event) => { if (event.button === 0) start = timeOf(event); });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  window.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [left, right] = [start, timeOf(event)].sort((a, b) => a - b).map(x);
    if (right - left < 5 && !brush) return;
    brush = brush || svg.appendChild(node("rect", { class: "brush", y: data.axis - 6, height: data.height }));
    brush.setAttribute("x", left.toFixed(1));
    brush.setAttribute("width", (right - left).toFixed(1));
  });
  window.addEventListener("pointerup", (event) => {
    if (brush) {
      brush.remove();
      const [left, right] = [start, timeOf(event)].sort((a, b) => a - b);
      svg.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
      zoom(left, right);
    }
    start = null; brush = null;
  });
})();

/** Elements without markup: whatever goes in as text stays text. */

/** Make an element from "tag.class.class", attributes and listeners ("onclick"), and children. */
export function make(description, about = {}, ...children) {
  const [tag, ...classes] = description.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(about)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

/** Find the one element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}

const ICONS = {
  pencil: ["M4 16.5V20h3.5L18 9.5 14.5 6 4 16.5Z", "m12.5 8 3.5 3.5"],
  bin: ["M5 7h14", "M10 7V4.5h4V7", "M7 7l.8 12.5h8.4L17 7", "M10.5 11v5", "M13.5 11v5"],
  copy: ["M9 9h10.5v10.5H9z", "M15 5.5V4.5H4.5V15h1"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  save: ["M12 4.5v10", "m7.5 10.5 4.5 4.5 4.5-4.5", "M5 19.5h14"],
  chevron: ["m9 6 6 6-6 6"],
  again: ["M19 12a7 7 0 1 1-2.2-5.1", "M19.5 4v4h-4"],
  close: ["m6 6 12 12", "M18 6 6 18"],
};

const SVG = "http://www.w3.org/2000/svg";

/** Draw one of our few icons; it is never the only name of a control. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  for (const line of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    svg.append(path);
  }
  return svg;
}

/** Say "1 row", "2 rows", "1,200 rows". */
export function count(number, noun) {
  return `${number.toLocaleString()} ${noun}${number === 1 ? "" : "s"}`;
}

/** Say how long something took, as briefly as is still true. */
export function duration(ms) {
  if (ms < 1) return "under 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })} s`;
}

/** DOM helpers. Elements are built without HTML: text always stays text. */

/** Create an element from "tag.class.class", attributes and listeners ("onclick"), and children. */
export function make(description, attributes = {}, ...children) {
  const [tag, ...classes] = description.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

/** Return the element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

const ICONS = {
  pencil: ["M4 16.5V20h3.5L18 9.5 14.5 6 4 16.5Z", "m12.5 8 3.5 3.5"],
  trash: ["M5 7h14", "M10 7V4.5h4V7", "M7 7l.8 12.5h8.4L17 7", "M10.5 11v5", "M13.5 11v5"],
  copy: ["M9 9h10.5v10.5H9z", "M15 5.5V4.5H4.5V15h1"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  download: ["M12 4.5v10", "m7.5 10.5 4.5 4.5 4.5-4.5", "M5 19.5h14"],
  chevron: ["m9 6 6 6-6 6"],
  retry: ["M19 12a7 7 0 1 1-2.2-5.1", "M19.5 4v4h-4"],
};

const SVG = "http://www.w3.org/2000/svg";

/** Create an icon. It is decorative: every control also has a text label. */
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

/** Format a count with its noun: "1 row", "2 rows", "1,200 rows". */
export function formatCount(number, noun) {
  return `${number.toLocaleString()} ${noun}${number === 1 ? "" : "s"}`;
}

/** Format a duration in milliseconds. */
export function formatDuration(ms) {
  if (ms < 1) return "under 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })} s`;
}

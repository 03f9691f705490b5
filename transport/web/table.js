/** The rows of an answer: one number large, anything else as a table. */

import { asCsv, asTabs, save } from "./csv.js";
import { copyButton } from "./controls.js";
import { count, icon, make } from "./dom.js";
import { asText, heading, styleOf } from "./values.js";

const FIRST = 50;
const MORE = 200;

/** Draw what came back; `name` becomes the file's name when saved. */
export function drawRows(rows, name) {
  const { columns, values } = rows;
  const styles = columns.map((column, at) => styleOf(column, values.map((row) => row[at])));
  if (values.length === 1 && columns.length === 1) return drawFigure(columns[0], values[0][0], styles[0]);
  return drawTable(rows, styles, name);
}

function drawFigure(column, value, style) {
  const shown = value === null ? make("span.null", {}, "null") : style.show(value);
  return make(
    "dl.figure",
    {},
    make("dt", { title: column.name }, heading(column.name)),
    make("dd", { title: asText(value) }, shown),
  );
}

function drawTable(rows, styles, name) {
  const body = make("tbody");
  const note = make("span.note", {}, extent(rows));
  const more = make("button.quiet.more", { type: "button", onclick: () => extend(MORE) });
  function extend(by) {
    const drawn = body.rows.length;
    body.append(...rows.values.slice(drawn, drawn + by).map((row) => drawRow(row, styles)));
    const left = rows.values.length - body.rows.length;
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(left, MORE).toLocaleString()} more of ${count(rows.values.length, "row")}`;
  }
  extend(FIRST);
  const table = make("table", {}, drawHead(rows.columns, styles), body);
  const label = `Result: ${extent(rows)}`;
  const sheet = make("div.sheet", { tabindex: "0", role: "region", "aria-label": label }, table, more);
  return make("div.result", {}, sheet, make("div.result-foot", {}, note, make("span.push"), ...exits(rows, name)));
}

function drawHead(columns, styles) {
  const cells = columns.map((column, at) =>
    make(`th.${styles[at].align}`, { scope: "col", title: `${column.name} · ${column.kind}` }, heading(column.name)),
  );
  return make("thead", {}, make("tr", {}, ...cells));
}

function drawRow(row, styles) {
  return make("tr", {}, ...row.map((value, at) => drawCell(value, styles[at])));
}

function drawCell(value, { align, show }) {
  if (value === null) return make(`td.${align}.null`, {}, "null");
  const shown = show(value);
  const exact = asText(value);
  return make(`td.${align}`, { title: exact === shown && exact.length < 40 ? null : exact }, shown);
}

function extent({ values, truncated }) {
  return truncated ? `First ${count(values.length, "row")}; the rest was cut off` : count(values.length, "row");
}

function exits(rows, name) {
  const csv = make(
    "button.quiet",
    { type: "button", onclick: () => save(`${fileName(name)}.csv`, asCsv(rows)) },
    icon("save"),
    make("span.label", {}, "CSV"),
  );
  return [copyButton("Copy", () => asTabs(rows)), csv];
}

function fileName(name) {
  const words = name.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-");
  return words.replace(/^-+|-+$/g, "").slice(0, 60) || "result";
}

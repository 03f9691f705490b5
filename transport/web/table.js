/** Result rendering: a single value as a large figure, everything else as a table. */

import { download, toCsv, toTsv } from "./csv.js";
import { copyButton } from "./controls.js";
import { formatCount, icon, make } from "./dom.js";
import { asText, columnLabel, columnStyle } from "./values.js";

const INITIAL_ROWS = 50;
const MORE_ROWS = 200;

/** Render a result; `name` becomes the name of a downloaded file. */
export function renderRows(rows, name) {
  const { columns, values } = rows;
  const styles = columns.map((column, index) => columnStyle(column, values.map((row) => row[index])));
  if (values.length === 1 && columns.length === 1) return renderFigure(columns[0], values[0][0], styles[0]);
  return renderTable(rows, styles, name);
}

function renderFigure(column, value, style) {
  const content = value === null ? make("span.null", {}, "null") : style.format(value);
  return make(
    "dl.figure",
    {},
    make("dt", { title: column.name }, columnLabel(column.name)),
    make("dd", { title: asText(value) }, content),
  );
}

function renderTable(rows, styles, name) {
  const body = make("tbody");
  const summary = make("span.summary", {}, rowSummary(rows));
  const more = make("button.quiet.more", { type: "button", onclick: () => appendRows(MORE_ROWS) });
  function appendRows(number) {
    const rendered = body.rows.length;
    body.append(...rows.values.slice(rendered, rendered + number).map((row) => renderRow(row, styles)));
    const remaining = rows.values.length - body.rows.length;
    more.hidden = remaining <= 0;
    more.textContent = `Show ${Math.min(remaining, MORE_ROWS).toLocaleString()} more of ${formatCount(rows.values.length, "row")}`;
  }
  appendRows(INITIAL_ROWS);
  const table = make("table", {}, renderHead(rows.columns, styles), body);
  const label = `Result: ${rowSummary(rows)}`;
  const scroller = make("div.table-scroller", { tabindex: "0", role: "region", "aria-label": label }, table, more);
  return make("div.result", {}, scroller, make("div.result-footer", {}, summary, make("span.spacer"), ...exportButtons(rows, name)));
}

function renderHead(columns, styles) {
  const cells = columns.map((column, index) =>
    make(`th.${styles[index].align}`, { scope: "col", title: `${column.name} · ${column.kind}` }, columnLabel(column.name)),
  );
  return make("thead", {}, make("tr", {}, ...cells));
}

function renderRow(row, styles) {
  return make("tr", {}, ...row.map((value, index) => renderCell(value, styles[index])));
}

function renderCell(value, { align, format }) {
  if (value === null) return make(`td.${align}.null`, {}, "null");
  const text = format(value);
  const exact = asText(value);
  return make(`td.${align}`, { title: exact === text && exact.length < 40 ? null : exact }, text);
}

function rowSummary({ values, truncated }) {
  return truncated ? `First ${formatCount(values.length, "row")} (truncated)` : formatCount(values.length, "row");
}

function exportButtons(rows, name) {
  const csv = make(
    "button.quiet",
    { type: "button", onclick: () => download(`${fileName(name)}.csv`, toCsv(rows)) },
    icon("download"),
    make("span.label", {}, "CSV"),
  );
  return [copyButton("Copy", () => toTsv(rows)), csv];
}

function fileName(name) {
  const words = name.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-");
  return words.replace(/^-+|-+$/g, "").slice(0, 60) || "result";
}

/** Export of results: CSV files, tab-separated text for the clipboard, download and copy. */

import { asText } from "./values.js";

/** Format rows as CSV (RFC 4180). */
export function toCsv({ columns, values }) {
  return formatLines(columns, values, ",", quote, "\r\n");
}

/** Format rows as tab-separated text, which spreadsheets accept from the clipboard. */
export function toTsv({ columns, values }) {
  return formatLines(columns, values, "\t", (text) => text.replace(/[\t\r\n]+/g, " "), "\n");
}

function formatLines(columns, values, separator, formatField, lineEnd) {
  const lines = [columns.map((column) => column.name), ...values];
  return lines.map((line) => line.map((value) => formatField(escapeFormula(value))).join(separator) + lineEnd).join("");
}

// Spreadsheets execute text that starts like a formula (CSV injection); numbers and phone numbers are left alone.
function escapeFormula(value) {
  const text = asText(value);
  if (typeof value !== "string" || !/^[=@+\-\t\r]/.test(text)) return text;
  return /^[+-][\d\s.,()/-]*$/.test(text) ? text : `'${text}`;
}

function quote(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Download text as a file. The byte order mark tells spreadsheets that it is UTF-8. */
export function download(name, text) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Copy text to the clipboard; also works in insecure contexts, which have no Clipboard API. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser does not allow copying.");
}

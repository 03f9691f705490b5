/** A result as text that other programs read, and its way to the clipboard or a file. */

import { asText } from "./values.js";

/** Write the rows as CSV (RFC 4180), for a file. */
export function asCsv({ columns, values }) {
  return lines(columns, values, ",", quoted, "\r\n");
}

/** Write the rows with tabs between the values, as spreadsheets take them from the clipboard. */
export function asTabs({ columns, values }) {
  return lines(columns, values, "\t", (text) => text.replace(/[\t\r\n]+/g, " "), "\n");
}

function lines(columns, values, between, written, end) {
  const all = [columns.map((column) => column.name), ...values];
  return all.map((row) => row.map((value) => written(harmless(value))).join(between) + end).join("");
}

// Stored text that begins like a formula would be run by a spreadsheet; numbers and phone numbers are left alone.
function harmless(value) {
  const text = asText(value);
  if (typeof value !== "string" || !/^[=@+\-\t\r]/.test(text)) return text;
  return /^[+-][\d\s.,()/-]*$/.test(text) ? text : `'${text}`;
}

function quoted(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Offer text as a file. The mark at its start tells spreadsheets that it is UTF-8. */
export function save(name, text) {
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Put text on the clipboard, also where the page was not loaded safely enough for the modern way. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser does not allow copying.");
}

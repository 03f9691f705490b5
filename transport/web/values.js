/** Formatting of result values. Dates keep their written time zone: shifting it could move them to another month. */

const NUMERIC = new Set(["integer", "number"]);
// Years and order numbers are identifiers: they get no thousands separator.
const IDENTIFIERS = /(^|_)(id|ids|year|zip|postcode|postal_code|code|number|no)$/i;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/;

/** Choose the style of a column from its values: `{align, format(value)}`. */
export function columnStyle(column, values) {
  if (NUMERIC.has(column.kind) || allNumbers(values)) return numberStyle(column, values);
  if (column.kind === "date" || column.kind === "timestamp") return { align: "start", format: dateFormatter(column, values) };
  if (column.kind === "boolean") return { align: "start", format: (value) => (value ? "yes" : "no") };
  return { align: "start", format: asText };
}

/** Convert a value to plain text, exactly as received. */
export function asText(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Return the label of a column: its name with spaces. */
export function columnLabel(name) {
  return name.replaceAll("_", " ").trim() || name;
}

function allNumbers(values) {
  const present = values.filter((value) => value !== null);
  return present.length > 0 && present.every((value) => typeof value === "number");
}

function numberStyle(column, values) {
  const isIdentifier = IDENTIFIERS.test(column.name);
  const digits = fractionDigits(values);
  const numberFormat = new Intl.NumberFormat(undefined, {
    useGrouping: !isIdentifier,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return { align: isIdentifier ? "start" : "end", format: (value) => (isNumber(value) ? numberFormat.format(value) : asText(value)) };
}

// Numbers beyond the safe integers of JavaScript arrive as text, which Intl formats exactly.
function isNumber(value) {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
}

// All values of a column have the same number of digits, so that the decimal points align; small fractions have more.
function fractionDigits(values) {
  const numbers = values.filter(isNumber);
  const digits = Math.max(0, ...numbers.map((value) => (String(value).split(/[.e]/)[1] ?? "").length));
  const hasSmall = numbers.some((value) => value != 0 && Math.abs(Number(value)) < 1);
  return Math.min(digits, hasSmall ? 4 : 2);
}

function dateFormatter(column, values) {
  const dates = values.filter((value) => value !== null).map(parseDate);
  const valid = dates.filter((date) => date !== null);
  const hasTime = valid.some((date) => date.getUTCHours() || date.getUTCMinutes() || date.getUTCSeconds());
  const isMonthly = !hasTime && /month/i.test(column.name) && valid.every((date) => date.getUTCDate() === 1);
  const dateFormat = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...dateOptions(hasTime, isMonthly) });
  return (value) => {
    const date = parseDate(value);
    return date ? dateFormat.format(date) : asText(value);
  };
}

function dateOptions(hasTime, isMonthly) {
  if (hasTime) return { dateStyle: "medium", timeStyle: "short" };
  return isMonthly ? { year: "numeric", month: "short" } : { dateStyle: "medium" };
}

function parseDate(value) {
  const parts = ISO.exec(String(value));
  if (!parts) return null;
  const [, year, month, day, hour = 0, minute = 0, second = 0] = parts;
  return new Date(Date.UTC(Number(year), month - 1, day, hour, minute, second));
}

/** How one value of a result reads. Dates are shown as written: shifting time zones would move the months. */

const NUMERIC = new Set(["integer", "number"]);
// A year or an order number is a name made of digits, and "2,025" is no year.
const NAMES = /(^|_)(id|ids|year|zip|postcode|postal_code|code|number|no)$/i;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/;

/** Say how the values of a column are to be shown: `{align, show(value)}`. `values` are the known ones. */
export function styleOf(column, values) {
  if (NUMERIC.has(column.kind) || allNumbers(values)) return numeric(column, values);
  if (column.kind === "date" || column.kind === "timestamp") return { align: "start", show: dateStyle(column, values) };
  if (column.kind === "boolean") return { align: "start", show: (value) => (value ? "yes" : "no") };
  return { align: "start", show: asText };
}

/** Write a value as plain text, exactly as it came. */
export function asText(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Say a column's name in words. */
export function heading(name) {
  return name.replaceAll("_", " ").trim() || name;
}

function allNumbers(values) {
  const known = values.filter((value) => value !== null);
  return known.length > 0 && known.every((value) => typeof value === "number");
}

function numeric(column, values) {
  const isName = NAMES.test(column.name);
  const digits = fractionDigits(values);
  const format = new Intl.NumberFormat(undefined, {
    useGrouping: !isName,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return { align: isName ? "start" : "end", show: (value) => (isNumber(value) ? format.format(value) : asText(value)) };
}

// Numbers beyond what JavaScript holds exactly arrive as text, and Intl formats such text exactly.
function isNumber(value) {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
}

// One column, one number of digits, so that the points stand below each other; small fractions keep more of them.
function fractionDigits(values) {
  const numbers = values.filter(isNumber);
  const given = Math.max(0, ...numbers.map((value) => (String(value).split(/[.e]/)[1] ?? "").length));
  const small = numbers.some((value) => value != 0 && Math.abs(Number(value)) < 1);
  return Math.min(given, small ? 4 : 2);
}

function dateStyle(column, values) {
  const moments = values.filter((value) => value !== null).map(asMoment);
  const readable = moments.filter((moment) => moment !== null);
  const timed = readable.some((moment) => moment.getUTCHours() || moment.getUTCMinutes() || moment.getUTCSeconds());
  const monthly = !timed && /month/i.test(column.name) && readable.every((moment) => moment.getUTCDate() === 1);
  const format = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...shape(timed, monthly) });
  return (value) => {
    const moment = asMoment(value);
    return moment ? format.format(moment) : asText(value);
  };
}

function shape(timed, monthly) {
  if (timed) return { dateStyle: "medium", timeStyle: "short" };
  return monthly ? { year: "numeric", month: "short" } : { dateStyle: "medium" };
}

function asMoment(value) {
  const parts = ISO.exec(String(value));
  if (!parts) return null;
  const [, year, month, day, hour = 0, minute = 0, second = 0] = parts;
  return new Date(Date.UTC(Number(year), month - 1, day, hour, minute, second));
}

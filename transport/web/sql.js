/** SQL as people like to read it: a line for each clause, and a little colour. */

import { make } from "./dom.js";

const WORDS = new Set(
  `all and any as asc between both by case cast collate cross desc distinct else end escape except exists extract
  false fetch filter following from full group having ilike in inner intersect interval into is join lateral left
  like limit natural not null nulls offset on or order outer over partition preceding recursive right rows select
  similar then true unbounded union using values when where with`.split(/\s+/),
);

const PIECE = new RegExp(
  [
    "(?<comment>--[^\\n]*|/\\*[\\s\\S]*?\\*/)",
    "(?<string>'(?:[^']|'')*'?)",
    '(?<name>"(?:[^"]|"")*"?|`[^`]*`?|\\[[A-Za-z_][^\\]]*\\])',
    "(?<number>\\b\\d+(?:\\.\\d+)?\\b)",
    "(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)",
    "(?<space>\\s+)",
    "(?<sign>[\\s\\S])",
  ].join("|"),
  "gu",
);

function pieces(sql) {
  return [...sql.matchAll(PIECE)].map(({ groups }) => {
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined);
    return kind === "word" && WORDS.has(text.toLowerCase()) ? { kind: "keyword", text } : { kind, text };
  });
}

const COLOURED = ["keyword", "string", "number", "comment", "called"];

/** Draw SQL with its words coloured. */
export function drawSql(sql) {
  const parts = pieces(layOut(sql));
  const code = make("code");
  parts.forEach(({ kind, text }, at) => {
    const called = kind === "word" && parts[at + 1]?.text === "(";
    const look = called ? "called" : kind;
    code.append(COLOURED.includes(look) ? make(`span.${look}`, {}, text) : text);
  });
  return make("pre.sql", { tabindex: "0" }, code);
}

const CLAUSES = "select from where group having order limit offset union intersect except".split(" ");
const JOINS = ["left", "right", "full", "inner", "cross", "natural"];

/** Put each clause on a line of its own, unless somebody has laid the query out already. */
export function layOut(sql) {
  const text = sql.trim();
  if (text.includes("\n")) return text;
  const parts = pieces(text);
  const layout = new Layout();
  parts.forEach((part, at) => layout.add(part, nextWord(parts, at)));
  return layout.text;
}

function nextWord(parts, at) {
  return parts.slice(at + 1).find(({ kind }) => kind !== "space")?.text.toLowerCase();
}

class Layout {
  text = "";
  #depth = 0;
  #before = "";
  #between = false;

  add({ kind, text }, next) {
    const word = kind === "keyword" ? text.toLowerCase() : "";
    if (text === "(") this.#depth += 1;
    if (text === ")") this.#depth -= 1;
    const lead = this.text && this.#depth === 0 && word ? this.#lead(word, next) : "";
    this.text = lead ? `${this.text.trimEnd()}${lead}${text}` : this.text + text;
    if (kind !== "space") this.#before = word;
  }

  #lead(word, next) {
    if (word === "between") this.#between = true;
    if (word === "from" && this.#before === "distinct") return "";
    if (word === "and" && this.#between) {
      this.#between = false;
      return "";
    }
    if (CLAUSES.includes(word) || startsJoin(word, next, this.#before)) return "\n";
    return word === "and" ? "\n  " : "";
  }
}

function startsJoin(word, next, before) {
  if (word === "join") return !JOINS.includes(before) && before !== "outer";
  return JOINS.includes(word) && (next === "join" || next === "outer") && !JOINS.includes(before);
}

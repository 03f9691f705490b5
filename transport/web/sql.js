/** SQL formatting and syntax highlighting: one line per clause. */

import { make } from "./dom.js";

const KEYWORDS = new Set(
  `all and any as asc between both by case cast collate cross desc distinct else end escape except exists extract
  false fetch filter following from full group having ilike in inner intersect interval into is join lateral left
  like limit natural not null nulls offset on or order outer over partition preceding recursive right rows select
  similar then true unbounded union using values when where with`.split(/\s+/),
);

const TOKEN = new RegExp(
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

function tokenize(sql) {
  return [...sql.matchAll(TOKEN)].map(({ groups }) => {
    const [kind, text] = Object.entries(groups).find(([, match]) => match !== undefined);
    return kind === "word" && KEYWORDS.has(text.toLowerCase()) ? { kind: "keyword", text } : { kind, text };
  });
}

const HIGHLIGHTED = ["keyword", "string", "number", "comment", "function"];

/** Render SQL with syntax highlighting. */
export function renderSql(sql) {
  const tokens = tokenize(formatSql(sql));
  const code = make("code");
  tokens.forEach(({ kind, text }, index) => {
    const isCall = kind === "word" && tokens[index + 1]?.text === "(";
    const style = isCall ? "function" : kind;
    code.append(HIGHLIGHTED.includes(style) ? make(`span.${style}`, {}, text) : text);
  });
  return make("pre.sql", { tabindex: "0" }, code);
}

const CLAUSES = "select from where group having order limit offset union intersect except".split(" ");
const JOINS = ["left", "right", "full", "inner", "cross", "natural"];

/** Put each clause on its own line, unless the query already has line breaks. */
export function formatSql(sql) {
  const text = sql.trim();
  if (text.includes("\n")) return text;
  const tokens = tokenize(text);
  const layout = new Layout();
  tokens.forEach((token, index) => layout.add(token, nextWord(tokens, index)));
  return layout.text;
}

function nextWord(tokens, index) {
  return tokens.slice(index + 1).find(({ kind }) => kind !== "space")?.text.toLowerCase();
}

class Layout {
  text = "";
  #depth = 0;
  #previousKeyword = "";
  #inBetween = false;

  add({ kind, text }, next) {
    const keyword = kind === "keyword" ? text.toLowerCase() : "";
    if (text === "(") this.#depth += 1;
    if (text === ")") this.#depth -= 1;
    const separator = this.text && this.#depth === 0 && keyword ? this.#separatorBefore(keyword, next) : "";
    this.text = separator ? `${this.text.trimEnd()}${separator}${text}` : this.text + text;
    if (kind !== "space") this.#previousKeyword = keyword;
  }

  #separatorBefore(keyword, next) {
    if (keyword === "between") this.#inBetween = true;
    if (keyword === "from" && this.#previousKeyword === "distinct") return "";
    if (keyword === "and" && this.#inBetween) {
      this.#inBetween = false;
      return "";
    }
    if (CLAUSES.includes(keyword) || startsJoin(keyword, next, this.#previousKeyword)) return "\n";
    return keyword === "and" ? "\n  " : "";
  }
}

function startsJoin(keyword, next, previous) {
  if (keyword === "join") return !JOINS.includes(previous) && previous !== "outer";
  return JOINS.includes(keyword) && (next === "join" || next === "outer") && !JOINS.includes(previous);
}

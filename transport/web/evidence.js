/** Why an answer is what it is, for whoever wants to check it. */

import { count, make } from "./dom.js";

/** Draw the evidence of a turn whose question was `asked`; `usage` is what language models took, if any. */
export function drawEvidence(evidence, asked, usage) {
  const parts = [
    ["Understood as", evidence.reading],
    ["In full", evidence.question === asked ? null : evidence.question],
    ["Tables", names(evidence.tables)],
    ["Matched values", matches(evidence.values)],
    ["Assumptions", list(evidence.assumptions)],
    ["Rows", extent(evidence)],
    ["Rounds", evidence.rounds > 1 ? `${evidence.rounds} drafts were needed` : null],
    ["Confidence", confidence(evidence)],
    ["Analyst", evidence.analyst],
    ["Prompt", evidence.prompt || null],
    ["Model use", usage && spending(usage)],
    ["Policy", evidence.policy],
    ["Schema map", evidence.map_version ? `version ${evidence.map_version}` : null],
  ];
  const known = parts.filter(([, shown]) => shown);
  return make("dl.evidence", {}, ...known.flatMap(([name, shown]) => [make("dt", {}, name), make("dd", {}, shown)]));
}

function confidence({ confidence: share, votes, drafts }) {
  if (votes) return `${votes} of ${count(drafts, "draft")} brought this result`;
  return typeof share === "number" ? `${Math.round(share * 100)} %` : null;
}

function spending({ calls, input_tokens: given, output_tokens: got, money }) {
  const tokens = `${count(calls, "call")}, ${count(given + got, "token")}`;
  return typeof money === "number" ? `${tokens}, ${money.toLocaleString(undefined, { maximumFractionDigits: 6 })} in money` : tokens;
}

function names(tables) {
  return tables?.length ? tables.map((table) => make("span.tag", {}, table)) : null;
}

function list(sentences) {
  return sentences?.length ? make("ul", {}, ...sentences.map((sentence) => make("li", {}, sentence))) : null;
}

function matches(values) {
  if (!values?.length) return null;
  return make("ul", {}, ...values.map((match) => make("li", {}, ...matched(match))));
}

function matched({ words, table, column, value }) {
  const where = [table, column].filter(Boolean).join(".");
  return [words ? `“${words}” is ` : "", make("code", {}, `${where} = ${value}`)];
}

function extent({ row_count: rows, truncated }) {
  if (rows === null || rows === undefined) return null;
  return truncated ? `${count(rows, "row")}, then cut off` : count(rows, "row");
}

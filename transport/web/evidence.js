/** Evidence of an answer: how the question was understood, and what the answer is based on. */

import { formatCount, make } from "./dom.js";

/** Render the evidence of a turn. `question` is as the user typed it; `usage` is the model usage, if any. */
export function renderEvidence(evidence, question, usage) {
  const entries = [
    ["Understood as", evidence.reading],
    ["Full question", evidence.question === question ? null : evidence.question],
    ["Tables", tags(evidence.tables)],
    ["Matched values", valueMatches(evidence.values)],
    ["Assumptions", bulletList(evidence.assumptions)],
    ["Rows", rowCount(evidence)],
    ["Attempts", evidence.rounds > 1 ? String(evidence.rounds) : null],
    ["Confidence", confidence(evidence)],
    ["Analyst", evidence.analyst],
    ["Prompt", evidence.prompt || null],
    ["Model usage", usage && modelUsage(usage)],
    ["Policy", evidence.policy],
    ["Schema map", evidence.map_version ? `version ${evidence.map_version}` : null],
  ];
  const present = entries.filter(([, content]) => content);
  return make(
    "dl.evidence",
    {},
    ...present.flatMap(([name, content]) => [make("dt", {}, name), make("dd", {}, content)]),
  );
}

function confidence({ confidence: share, votes, drafts }) {
  if (votes) return `${votes} of ${formatCount(drafts, "draft")} agree on this result`;
  return typeof share === "number" ? `${Math.round(share * 100)} %` : null;
}

function modelUsage({ calls, input_tokens: input, output_tokens: output, cost }) {
  const summary = `${formatCount(calls, "call")}, ${formatCount(input + output, "token")}`;
  if (typeof cost !== "number") return summary;
  return `${summary}, cost ${cost.toLocaleString(undefined, { maximumFractionDigits: 6 })}`;
}

function tags(tables) {
  return tables?.length ? tables.map((table) => make("span.tag", {}, table)) : null;
}

function bulletList(sentences) {
  return sentences?.length ? make("ul", {}, ...sentences.map((sentence) => make("li", {}, sentence))) : null;
}

function valueMatches(values) {
  if (!values?.length) return null;
  return make("ul", {}, ...values.map((match) => make("li", {}, ...valueMatch(match))));
}

function valueMatch({ words, table, column, value }) {
  const path = [table, column].filter(Boolean).join(".");
  return [words ? `“${words}” is ` : "", make("code", {}, `${path} = ${value}`)];
}

function rowCount({ row_count: rows, truncated }) {
  if (rows === null || rows === undefined) return null;
  return truncated ? `${formatCount(rows, "row")} (truncated)` : formatCount(rows, "row");
}

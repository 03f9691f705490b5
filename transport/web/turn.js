/** View of one turn: question, progress, interrupts, answer, results and evidence. */

import { renderCard, renderClosedInterrupt } from "./cards.js";
import { copyButton, disclosures } from "./controls.js";
import { icon, make } from "./dom.js";
import { renderEvidence } from "./evidence.js";
import { renderMarkdown } from "./markdown.js";
import { Progress } from "./progress.js";
import { formatSql, renderSql } from "./sql.js";
import { renderRows } from "./table.js";

/**
 * Renders a turn with `update(turn, isLast)`. `handlers` are `ask(question)`, `respond(id, response)`, which returns
 * an error message or an empty string, and `chartUrl(event)`.
 */
export class TurnView {
  #handlers;
  #dependencies = new Map();
  #progress = new Progress();
  #responseTexts = new Map();
  #containers = {
    cards: make("div.cards"),
    answer: make("div.answer"),
    rows: make("div.rows"),
    details: make("div.details"),
    errors: make("div.errors"),
    suggestions: make("div.suggestions"),
  };

  constructor(turn, handlers) {
    const { cards, answer, rows, details, errors, suggestions } = this.#containers;
    this.#handlers = handlers;
    this.node = make(
      "article.turn",
      { "aria-label": `Question: ${turn.question}` },
      make("h2.question", {}, turn.question),
      make("div.reply", {}, this.#progress.node, cards, answer, rows, errors, details, suggestions),
    );
  }

  update(turn, isLast) {
    const { cards, answer, rows, details, errors, suggestions } = this.#containers;
    const done = turn.status !== "running";
    this.node.setAttribute("aria-busy", String(!done));
    answer.classList.toggle("streaming", !done && turn.answer !== "");
    this.#renderIfChanged("progress", [turn.status, turn.steps], () => this.#progress.update(turn));
    this.#renderIfChanged("cards", [turn.interrupts], () => cards.replaceChildren(...this.#renderCards(turn)));
    this.#renderIfChanged("answer", [turn.answer], () => renderMarkdown(answer, turn.answer));
    this.#renderIfChanged("rows", [turn.results, turn.charts], () => rows.replaceChildren(...this.#renderResults(turn)));
    this.#renderIfChanged("details", [turn.sql, turn.evidence, done], () => details.replaceChildren(...renderDetails(turn, done)));
    this.#renderIfChanged("errors", [turn.status, turn.error, isLast], () =>
      errors.replaceChildren(...this.#renderError(turn, isLast)),
    );
    this.#renderIfChanged("suggestions", [turn.suggestions, isLast, done], () =>
      suggestions.replaceChildren(...this.#renderSuggestions(turn, isLast && done)),
    );
  }

  // Parts of a turn are replaced, never mutated, so comparing by identity is enough.
  #renderIfChanged(part, dependencies, render) {
    const previous = this.#dependencies.get(part);
    if (previous?.every((value, index) => value === dependencies[index])) return;
    this.#dependencies.set(part, dependencies);
    render();
  }

  #renderCards(turn) {
    return turn.interrupts.map((interrupt) => {
      if (!interrupt.open) {
        const responseText = interrupt.responseText ?? this.#responseTexts.get(interrupt.id);
        return renderClosedInterrupt({ ...interrupt, responseText });
      }
      return renderCard(interrupt, async (response, text) => {
        this.#responseTexts.set(interrupt.id, text);
        return this.#handlers.respond(interrupt.id, response);
      });
    });
  }

  #renderResults({ results, charts, question }) {
    const nonEmpty = results.filter((rows) => rows.values.length);
    return nonEmpty.flatMap((rows) => [renderRows(rows, question), ...this.#renderCharts(rows, charts, question)]);
  }

  // A single number is already rendered as a large figure.
  #renderCharts({ part }, charts, question) {
    const visible = charts.filter((chart) => chart.part === part && chart.kind !== "number");
    return visible.map(({ id }) =>
      make("img.chart", { src: this.#handlers.chartUrl(id), alt: `Chart: ${question}`, loading: "lazy" }),
    );
  }

  #renderError({ status, error, question }, isLast) {
    if (status !== "failed") return [];
    const retry = () => this.#handlers.ask(question);
    const retryButton = make("button.plain", { type: "button", onclick: retry }, icon("retry"), "Try again");
    return [make("div.turn-error", { role: "alert" }, make("p", {}, error), isLast && retryButton)];
  }

  #renderSuggestions({ suggestions }, isVisible) {
    if (!isVisible || !suggestions.length) return [];
    const item = (question) =>
      make("li", {}, make("button.suggestion", { type: "button", onclick: () => this.#handlers.ask(question) }, question));
    return [make("ul", { "aria-label": "Suggested questions" }, ...suggestions.map(item))];
  }
}

function renderDetails(turn, done) {
  if (!done) return [];
  const sections = [];
  if (turn.sql) sections.push({ name: "SQL", body: () => renderQuery(turn.sql) });
  if (turn.evidence) {
    sections.push({ name: "Evidence", body: () => renderEvidence(turn.evidence, turn.question, turn.usage) });
  }
  if (!sections.length && !turn.answer) return [];
  return [disclosures(sections, turn.answer && copyButton("Copy answer", () => turn.answer))];
}

function renderQuery(sql) {
  return make("div.query", {}, renderSql(sql), make("div.corner", {}, copyButton("Copy", () => formatSql(sql))));
}

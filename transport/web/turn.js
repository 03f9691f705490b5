/** One turn on the page: the question, what is being done, the reply, and what shows why. */

import { drawAnswered, drawCard } from "./cards.js";
import { copyButton, folds } from "./controls.js";
import { icon, make } from "./dom.js";
import { drawEvidence } from "./evidence.js";
import { Progress } from "./progress.js";
import { drawProse } from "./prose.js";
import { drawSql, layOut } from "./sql.js";
import { drawRows } from "./table.js";

/**
 * Draws a turn and keeps it true with `update(turn, isLast)`. `deeds` are `ask(question)` and
 * `respond(id, response)`, which gives a sentence when that did not work; `picture(event)` says where a chart is.
 */
export class TurnView {
  #deeds;
  #seen = new Map();
  #progress = new Progress();
  #words = new Map();
  #places = {
    cards: make("div.cards"),
    answer: make("div.answer"),
    rows: make("div.rows"),
    proof: make("div.proof"),
    fault: make("div.faults"),
    next: make("div.next"),
  };

  constructor(turn, deeds) {
    const { cards, answer, rows, proof, fault, next } = this.#places;
    this.#deeds = deeds;
    this.node = make(
      "article.turn",
      { "aria-label": `Question: ${turn.question}` },
      make("h2.question", {}, turn.question),
      make("div.reply", {}, this.#progress.node, cards, answer, rows, fault, proof, next),
    );
  }

  update(turn, isLast) {
    const { cards, answer, rows, proof, fault, next } = this.#places;
    const done = turn.status !== "running";
    this.node.setAttribute("aria-busy", String(!done));
    answer.classList.toggle("streaming", !done && turn.answer !== "");
    this.#when("progress", [turn.status, turn.notes], () => this.#progress.update(turn));
    this.#when("cards", [turn.interrupts], () => cards.replaceChildren(...this.#drawCards(turn)));
    this.#when("answer", [turn.answer], () => drawProse(answer, turn.answer));
    this.#when("rows", [turn.results, turn.charts], () => rows.replaceChildren(...this.#drawRows(turn)));
    this.#when("proof", [turn.sql, turn.evidence, done], () => proof.replaceChildren(...drawProof(turn, done)));
    this.#when("fault", [turn.status, turn.error, isLast], () =>
      fault.replaceChildren(...this.#drawFault(turn, isLast)),
    );
    this.#when("next", [turn.suggestions, isLast, done], () =>
      next.replaceChildren(...this.#drawNext(turn, isLast && done)),
    );
  }

  // Parts of a turn are replaced, never changed in place, so comparing them by identity is enough.
  #when(part, causes, draw) {
    const seen = this.#seen.get(part);
    if (seen?.every((cause, at) => cause === causes[at])) return;
    this.#seen.set(part, causes);
    draw();
  }

  #drawCards(turn) {
    return turn.interrupts.map((interrupt) => {
      if (!interrupt.open) return drawAnswered({ ...interrupt, words: interrupt.words ?? this.#words.get(interrupt.id) });
      return drawCard(interrupt, async (response, words) => {
        this.#words.set(interrupt.id, words);
        return this.#deeds.respond(interrupt.id, response);
      });
    });
  }

  #drawRows({ results, charts, question }) {
    const full = results.filter((rows) => rows.values.length);
    return full.flatMap((rows) => [drawRows(rows, question), ...this.#drawCharts(rows, charts, question)]);
  }

  // A number alone stands there large already.
  #drawCharts({ part }, charts, question) {
    const wanted = charts.filter((chart) => chart.part === part && chart.kind !== "number");
    return wanted.map(({ id }) =>
      make("img.chart", { src: this.#deeds.picture(id), alt: `A chart of: ${question}`, loading: "lazy" }),
    );
  }

  #drawFault({ status, error, question }, isLast) {
    if (status !== "failed") return [];
    const retry = () => this.#deeds.ask(question);
    const again = make("button.plain", { type: "button", onclick: retry }, icon("again"), "Try again");
    return [make("div.fault", { role: "alert" }, make("p", {}, error), isLast && again)];
  }

  #drawNext({ suggestions }, wanted) {
    if (!wanted || !suggestions.length) return [];
    const offer = (question) =>
      make("li", {}, make("button.suggestion", { type: "button", onclick: () => this.#deeds.ask(question) }, question));
    return [make("ul", { "aria-label": "Questions that follow on" }, ...suggestions.map(offer))];
  }
}

function drawProof(turn, done) {
  if (!done) return [];
  const parts = [];
  if (turn.sql) parts.push({ name: "SQL", body: () => drawQuery(turn.sql) });
  if (turn.evidence) parts.push({ name: "Evidence", body: () => drawEvidence(turn.evidence, turn.question, turn.usage) });
  if (!parts.length && !turn.answer) return [];
  return [folds(parts, turn.answer && copyButton("Copy reply", () => turn.answer))];
}

function drawQuery(sql) {
  return make("div.query", {}, drawSql(sql), make("div.corner", {}, copyButton("Copy", () => layOut(sql))));
}

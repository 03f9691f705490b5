/** Progress of a run: one line that expands into its steps. */

import { formatDuration, icon, make } from "./dom.js";

const ACTIVE_LABELS = {
  analyze: "Understanding the question",
  retrieve: "Searching the schema",
  generate: "Writing the query",
  validate: "Checking the query",
  execute: "Running the query",
  answer: "Writing the answer",
};
const DONE_LABELS = {
  analyze: "Understood the question",
  retrieve: "Searched the schema",
  generate: "Wrote the query",
  validate: "Checked the query",
  execute: "Ran the query",
  answer: "Wrote the answer",
};

/** Return the label of the active step. */
export function activeStepLabel(turn) {
  const active = turn.steps.findLast((step) => step.kind === "step" && step.ms === null);
  return active ? (ACTIVE_LABELS[active.node] ?? active.node) : "Working on it";
}

/** The progress line; `update(turn)` renders it. */
export class Progress {
  #label = make("span");
  #steps = make("ol", { hidden: true });
  #button = make(
    "button.quiet.disclosure",
    { type: "button", "aria-expanded": "false", onclick: () => this.#toggle() },
    make("span.pulse", { "aria-hidden": "true" }),
    icon("chevron"),
    this.#label,
  );
  node = make("div.progress", {}, this.#button, this.#steps);

  update(turn) {
    this.node.classList.toggle("running", turn.status === "running");
    this.node.hidden = turn.status !== "running" && turn.steps.length === 0;
    this.#label.textContent = turn.status === "running" ? `${activeStepLabel(turn)}…` : summary(turn);
    this.#steps.replaceChildren(...turn.steps.map(renderStep).filter(Boolean));
  }

  #toggle() {
    this.#steps.hidden = !this.#steps.hidden;
    this.#button.setAttribute("aria-expanded", String(!this.#steps.hidden));
  }
}

const UNFINISHED_LABELS = { cancelled: "Stopped", failed: "Failed" };

function summary(turn) {
  const total = turn.steps.reduce((sum, step) => sum + (step.ms ?? 0), 0);
  if (turn.status === "interrupted") return "Waiting for your input";
  const label = UNFINISHED_LABELS[turn.status];
  return label ? `${label} after ${formatDuration(total)}` : `Answered in ${formatDuration(total)}`;
}

function renderStep(step) {
  if (step.kind === "setback") return make("li.setback", {}, make("span", {}, step.text));
  if (step.kind === "tables") {
    return step.tables.length ? make("li.aside", {}, make("span", {}, `Tables: ${step.tables.join(", ")}`)) : null;
  }
  const label = step.ms === null ? (ACTIVE_LABELS[step.node] ?? step.node) : (DONE_LABELS[step.node] ?? step.node);
  const time = step.ms === null ? "…" : formatDuration(step.ms);
  return make("li", {}, make("span", {}, label), make("span.ms", {}, time));
}

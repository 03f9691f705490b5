/** What the service is doing, in one quiet line that folds out into its steps. */

import { duration, icon, make } from "./dom.js";

const DOING = {
  analyze: "Reading the question",
  retrieve: "Looking for the tables",
  generate: "Writing the query",
  validate: "Checking the query",
  execute: "Running the query",
  answer: "Putting it into words",
};
const DONE = {
  analyze: "Read the question",
  retrieve: "Looked for the tables",
  generate: "Wrote a query",
  validate: "Checked it",
  execute: "Ran it",
  answer: "Put it into words",
};

/** Say what is being done at this moment. */
export function doing(turn) {
  const current = turn.notes.findLast((note) => note.kind === "step" && note.ms === null);
  return current ? (DOING[current.node] ?? current.node) : "Working on it";
}

/** The line itself; `update(turn)` keeps it true. */
export class Progress {
  #words = make("span");
  #steps = make("ol", { hidden: true });
  #button = make(
    "button.quiet.folder",
    { type: "button", "aria-expanded": "false", onclick: () => this.#fold() },
    make("span.pulse", { "aria-hidden": "true" }),
    icon("chevron"),
    this.#words,
  );
  node = make("div.progress", {}, this.#button, this.#steps);

  update(turn) {
    this.node.classList.toggle("running", turn.status === "running");
    this.node.hidden = turn.status !== "running" && turn.notes.length === 0;
    this.#words.textContent = turn.status === "running" ? `${doing(turn)}…` : summary(turn);
    this.#steps.replaceChildren(...turn.notes.map(drawNote).filter(Boolean));
  }

  #fold() {
    this.#steps.hidden = !this.#steps.hidden;
    this.#button.setAttribute("aria-expanded", String(!this.#steps.hidden));
  }
}

const ENDS = { cancelled: "Stopped", failed: "Stopped by a fault" };

function summary(turn) {
  const total = turn.notes.reduce((sum, note) => sum + (note.ms ?? 0), 0);
  if (turn.status === "interrupted") return "Waiting for you";
  const end = ENDS[turn.status];
  return end ? `${end} after ${duration(total)}` : `Answered in ${duration(total)}`;
}

function drawNote(note) {
  if (note.kind === "setback") return make("li.setback", {}, make("span", {}, note.text));
  if (note.kind === "tables") {
    return note.tables.length ? make("li.aside", {}, make("span", {}, `Tables: ${note.tables.join(", ")}`)) : null;
  }
  const words = note.ms === null ? (DOING[note.node] ?? note.node) : (DONE[note.node] ?? note.node);
  const time = note.ms === null ? "…" : duration(note.ms);
  return make("li", {}, make("span", {}, words), make("span.ms", {}, time));
}

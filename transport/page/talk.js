/** One conversation while it is open: its socket, its story, and its turns on the page. */

import { byId } from "./dom.js";
import { announce } from "./notices.js";
import { Story } from "./story.js";
import { TurnView } from "./turn.js";
import { CommandRefused, Wire } from "./wire.js";

const NEAR_PX = 80;
const LOST = "The connection broke, so it is not certain that the question arrived. It is asked again with Enter.";

/**
 * Follows the conversation `id` until `close`. `listener` hears `changed(talk)` after each drawing and
 * `state(name, detail)` as the wire tells it; `ask(question)` is called for a suggestion.
 */
export class Talk {
  #story = new Story();
  #pending = null;
  #views = new Map();
  #listener;
  #wire;
  #place = byId("turns");
  #scroller = byId("scroller");
  #frame = 0;
  #follow = true;
  #told = "";
  #opened;
  #letIn;

  constructor(id, listener) {
    this.id = id;
    this.#listener = listener;
    this.#place.replaceChildren();
    this.#opened = new Promise((resolve) => (this.#letIn = resolve));
    this.#wire = new Wire(id, { event: (event) => this.#hear(event), state: (...news) => this.#state(...news) });
  }

  get running() {
    return this.#pending !== null || this.#story.running;
  }

  get empty() {
    return this.#pending === null && this.#story.turns.length === 0;
  }

  get database() {
    return this.#story.last?.database;
  }

  get lastQuestion() {
    return this.#story.last?.question;
  }

  /** Put a question. Gives a sentence when that did not work, else an empty one. */
  async ask(question) {
    this.#pending = { question, status: "running", notes: [], interrupts: [], answer: "", suggestions: [] };
    this.#follow = false;
    this.#draw();
    this.#views.get(this.#pending).node.scrollIntoView({ block: "start" });
    await this.#opened;
    const sentence = await this.#command("run.start", { assistant_id: "querent", input: { question } }, LOST);
    if (sentence) this.#takeBack();
    return sentence;
  }

  /** Stop what is running. */
  async stop() {
    if (this.#story.running) await this.#command("run.cancel", {}, "");
  }

  /** Connect again, after a token was shown. */
  renew() {
    this.#wire.close();
    this.#wire = new Wire(this.id, { event: (event) => this.#hear(event), state: (...news) => this.#state(...news) });
  }

  /** Show the newest words. */
  toLatest() {
    this.#follow = true;
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight });
  }

  /** Stop looking; the run goes on. */
  close() {
    cancelAnimationFrame(this.#frame);
    this.#wire.close();
    this.#place.replaceChildren();
  }

  async #respond(interrupt, response) {
    const given = { interrupt_id: interrupt, response, namespace: [] };
    return this.#command("input.respond", given, "The connection broke. Please answer again in a moment.");
  }

  async #command(method, params, whenLost) {
    try {
      await this.#wire.command(method, params);
      return "";
    } catch (problem) {
      return problem instanceof CommandRefused ? problem.message : whenLost;
    }
  }

  #state(name, detail) {
    if (name !== "lost") this.#letIn();
    this.#listener.state(name, detail);
  }

  #hear(event) {
    const before = this.#story.turns.length;
    this.#story.take(event);
    if (this.#story.turns.length > before) this.#adopt(this.#story.last);
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  // The question that was just typed is already on the page; its turn takes that place over.
  #adopt(turn) {
    if (this.#pending?.question !== turn.question) return;
    this.#views.set(turn, this.#views.get(this.#pending));
    this.#views.delete(this.#pending);
    this.#pending = null;
  }

  #takeBack() {
    if (!this.#pending) return;
    this.#views.get(this.#pending).node.remove();
    this.#views.delete(this.#pending);
    this.#pending = null;
    this.#draw();
  }

  #draw() {
    this.#frame = 0;
    const wasAtEnd = this.#distance() < NEAR_PX;
    const turns = [...this.#story.turns, this.#pending].filter(Boolean);
    for (const turn of turns) this.#view(turn).update(turn, turn === turns.at(-1));
    if (this.#follow && wasAtEnd) this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior: "instant" });
    this.#tell(turns.at(-1));
    this.#listener.changed(this);
  }

  #view(turn) {
    if (!this.#views.has(turn)) {
      const deeds = { ask: (question) => this.#listener.ask(question), respond: (...given) => this.#respond(...given) };
      const view = new TurnView(turn, deeds);
      view.node.classList.toggle("fresh", turn === this.#pending);
      this.#views.set(turn, view);
      this.#place.append(view.node);
    }
    return this.#views.get(turn);
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #tell(turn) {
    if (!turn) return;
    const words = wordsFor(turn);
    if (words === this.#told) return;
    this.#told = words;
    announce(words);
  }
}

// A reply is read out whole once it is there: read piece by piece, it would start over with every word.
function wordsFor(turn) {
  const open = turn.interrupts.find((each) => each.open);
  if (turn.status === "running") return "Working on it.";
  if (open) return open.payload?.question ?? open.payload?.reason ?? "The query waits for your approval.";
  if (turn.status === "cancelled") return "Stopped.";
  return turn.error ?? turn.answer;
}

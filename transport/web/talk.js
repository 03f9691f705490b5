/** One conversation while it is open: its socket, its story, and its turns on the page. */

import { byId } from "./dom.js";
import { announce } from "./notices.js";
import { chartAddress } from "./rest.js";
import { Story, unanswered } from "./story.js";
import { TurnView } from "./turn.js";
import { CommandRefused, ConnectionLost, Wire } from "./wire.js";

const NEAR_PX = 80;
const OFFLINE = "There is no connection right now. The question is kept here; Enter asks it again.";
const UNCERTAIN = "The connection broke, so it is not certain that the question arrived. Enter asks it again.";
const UNANSWERED = "The connection broke. Please answer again in a moment.";

/**
 * Follows the conversation `id` until `close`. `listener` hears `changed(talk)` after each drawing,
 * `state(name, detail)` as the wire tells it, and `arrived(question)` when a question did arrive after all; its
 * `ask(question)` is called for a suggestion.
 */
export class Talk {
  #story = new Story();
  #pending = null;
  #uncertain = null;
  #unwanted = false;
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
    this.#connect(0);
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
    this.#pending = { question, status: "running", interrupts: [], ...unanswered() };
    this.#follow = false;
    this.#unwanted = false;
    this.#draw();
    this.#views.get(this.#pending).node.scrollIntoView({ block: "start" });
    await this.#opened;
    const { result, problem } = await this.#start(question);
    if (!problem) return this.#begun(result.run_id);
    this.#uncertain = problem.sent ? question : null;
    this.#takeBack();
    if (problem instanceof ConnectionLost) return problem.sent ? UNCERTAIN : OFFLINE;
    return problem.message;
  }

  /** Stop what is running, or what is about to. */
  async stop() {
    if (this.#story.running) await this.#command("run.cancel", {});
    else if (this.#pending) {
      this.#unwanted = true;
      this.#letIn();
    }
  }

  async #start(question) {
    if (this.#unwanted) return { problem: new Error("Stopped before it was asked.") };
    return this.#command("run.start", { assistant_id: "querent", input: { question } });
  }

  // The service may have put the words of the question in order, so the run's number counts, too.
  #begun(run) {
    if (this.#pending) this.#pending.run = run;
    if (this.#story.last?.runs.has(run)) this.#adopt(this.#story.last);
    return "";
  }

  /** Connect again, after a token was shown. */
  renew() {
    this.#wire.close();
    this.#connect(this.#wire.last);
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

  #connect(since) {
    const listener = { event: (event) => this.#hear(event), state: (...news) => this.#state(...news) };
    this.#wire = new Wire(this.id, listener, since);
  }

  async #respond(interrupt, response) {
    const { problem } = await this.#command("input.respond", { interrupt_id: interrupt, response, namespace: [] });
    if (!problem) return "";
    return problem instanceof CommandRefused ? problem.message : UNANSWERED;
  }

  async #command(method, params) {
    try {
      return { result: await this.#wire.command(method, params) };
    } catch (problem) {
      return { problem };
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
    if (this.#uncertain === turn.question) this.#listener.arrived(turn.question);
    this.#uncertain = null;
    const ours = this.#pending;
    if (!ours || (ours.question !== turn.question && !turn.runs.has(ours.run))) return;
    this.#views.get(turn)?.node.remove();
    this.#views.set(turn, this.#views.get(this.#pending));
    this.#views.delete(this.#pending);
    this.#pending = null;
    if (this.#unwanted) this.stop();
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
    this.#tell(turns.at(-1));
    this.#listener.changed(this);
    if (this.#follow && wasAtEnd) this.#scroller.scrollTo({ top: this.#scroller.scrollHeight });
  }

  #view(turn) {
    if (!this.#views.has(turn)) {
      const view = new TurnView(turn, {
        ask: (question) => this.#listener.ask(question),
        respond: (...given) => this.#respond(...given),
        picture: (event) => chartAddress(this.id, event),
      });
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
    const words = turn ? wordsFor(turn) : "";
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

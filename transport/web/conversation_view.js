/** View of the open conversation: its socket, its state, and its turns on the page. */

import { ConversationState, emptyResult } from "./conversation_state.js";
import { byId } from "./dom.js";
import { CommandRefused, ConnectionLost, EventSocket } from "./event_socket.js";
import { chartUrl } from "./rest.js";
import { announce } from "./toasts.js";
import { TurnView } from "./turn.js";

const NEAR_END_PX = 80;
const OFFLINE = "You are offline. Your question was not sent; press Enter to try again.";
const UNCERTAIN = "The connection was lost, so your question may not have been received. Press Enter to send it again.";
const RESPONSE_LOST = "The connection was lost. Please answer again in a moment.";

/**
 * Follows the conversation `id` until `close`. Calls `listener.changed(view)` after each rendering,
 * `listener.state(name, detail)` as `EventSocket` does, `listener.received(question)` when a question of uncertain
 * fate did arrive, and `listener.ask(question)` for a suggestion.
 */
export class ConversationView {
  #state = new ConversationState();
  #pending = null;
  #uncertain = null;
  #stopRequested = false;
  #views = new Map();
  #listener;
  #socket;
  #container = byId("turns");
  #scroller = byId("scroller");
  #frame = 0;
  #follow = true;
  #announced = "";
  #opened;
  #resolveOpened;

  constructor(id, listener) {
    this.id = id;
    this.#listener = listener;
    this.#container.replaceChildren();
    this.#opened = new Promise((resolve) => (this.#resolveOpened = resolve));
    this.#connect(0);
  }

  get running() {
    return this.#pending !== null || this.#state.running;
  }

  get empty() {
    return this.#pending === null && this.#state.turns.length === 0;
  }

  get database() {
    return this.#state.last?.database;
  }

  get lastQuestion() {
    return this.#state.last?.question;
  }

  /** Ask a question. Returns an error message, or an empty string. */
  async ask(question) {
    this.#pending = { question, status: "running", interrupts: [], ...emptyResult() };
    this.#follow = false;
    this.#stopRequested = false;
    this.#render();
    this.#views.get(this.#pending).node.scrollIntoView({ block: "start" });
    await this.#opened;
    const { result, error } = await this.#start(question);
    if (!error) return this.#onStarted(result.run_id);
    this.#uncertain = error.sent ? question : null;
    this.#removePending();
    if (error instanceof ConnectionLost) return error.sent ? UNCERTAIN : OFFLINE;
    return error.message;
  }

  /** Stop the active run, or the one that is about to start. */
  async stop() {
    if (this.#state.running) await this.#command("run.cancel", {});
    else if (this.#pending) {
      this.#stopRequested = true;
      this.#resolveOpened();
    }
  }

  async #start(question) {
    if (this.#stopRequested) return { error: new Error("Stopped before it was sent.") };
    return this.#command("run.start", { assistant_id: "querent", input: { question } });
  }

  // The service may have normalized the question's text, so the turn is also recognized by the id of its run.
  #onStarted(run) {
    if (this.#pending) this.#pending.run = run;
    if (this.#state.last?.runs.has(run)) this.#adopt(this.#state.last);
    return "";
  }

  /** Reconnect after the user has signed in. */
  reconnect() {
    this.#socket.close();
    this.#connect(this.#socket.lastSeq);
  }

  /** Scroll to the end, and keep following it. */
  scrollToEnd() {
    this.#follow = true;
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight });
  }

  /** Close the view; an active run continues. */
  close() {
    cancelAnimationFrame(this.#frame);
    this.#socket.close();
    this.#container.replaceChildren();
  }

  #connect(since) {
    const listener = {
      event: (event) => this.#onEvent(event),
      state: (name, detail) => this.#onState(name, detail),
    };
    this.#socket = new EventSocket(this.id, listener, since);
  }

  async #respond(interrupt, response) {
    const { error } = await this.#command("input.respond", { interrupt_id: interrupt, response, namespace: [] });
    if (!error) return "";
    return error instanceof CommandRefused ? error.message : RESPONSE_LOST;
  }

  async #command(method, params) {
    try {
      return { result: await this.#socket.command(method, params) };
    } catch (error) {
      return { error };
    }
  }

  #onState(name, detail) {
    if (name !== "lost") this.#resolveOpened();
    this.#listener.state(name, detail);
  }

  #onEvent(event) {
    const turnCount = this.#state.turns.length;
    this.#state.apply(event);
    if (this.#state.turns.length > turnCount) this.#adopt(this.#state.last);
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  // The question that was just asked is already on the page; its turn takes over that element.
  #adopt(turn) {
    if (this.#uncertain === turn.question) this.#listener.received(turn.question);
    this.#uncertain = null;
    const pending = this.#pending;
    if (!pending || (pending.question !== turn.question && !turn.runs.has(pending.run))) return;
    this.#views.get(turn)?.node.remove();
    this.#views.set(turn, this.#views.get(pending));
    this.#views.delete(pending);
    this.#pending = null;
    if (this.#stopRequested) this.stop();
  }

  #removePending() {
    if (!this.#pending) return;
    this.#views.get(this.#pending).node.remove();
    this.#views.delete(this.#pending);
    this.#pending = null;
    this.#render();
  }

  #render() {
    this.#frame = 0;
    const wasNearEnd = this.#distanceFromEnd() < NEAR_END_PX;
    const turns = [...this.#state.turns, this.#pending].filter(Boolean);
    for (const turn of turns) this.#viewOf(turn).update(turn, turn === turns.at(-1));
    this.#announce(turns.at(-1));
    this.#listener.changed(this);
    if (this.#follow && wasNearEnd) this.#scroller.scrollTo({ top: this.#scroller.scrollHeight });
  }

  #viewOf(turn) {
    if (!this.#views.has(turn)) {
      const view = new TurnView(turn, {
        ask: (question) => this.#listener.ask(question),
        respond: (id, response) => this.#respond(id, response),
        chartUrl: (event) => chartUrl(this.id, event),
      });
      view.node.classList.toggle("fresh", turn === this.#pending);
      this.#views.set(turn, view);
      this.#container.append(view.node);
    }
    return this.#views.get(turn);
  }

  #distanceFromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #announce(turn) {
    const message = turn ? announcementFor(turn) : "";
    if (message === this.#announced) return;
    this.#announced = message;
    announce(message);
  }
}

// An answer is announced when it is complete: while it streams, each token would restart the announcement.
function announcementFor(turn) {
  const open = turn.interrupts.find((interrupt) => interrupt.open);
  if (turn.status === "running") return "Working on it.";
  if (open) return open.payload?.question ?? open.payload?.reason ?? "The query is waiting for your approval.";
  if (turn.status === "cancelled") return "Stopped.";
  return turn.error ?? turn.answer;
}

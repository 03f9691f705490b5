/** One conversation's socket: commands with replies, and events in order, each exactly once. */

import { Refused, TokenWanted, eventsAddress, probe } from "./rest.js";

const CHANNELS = ["lifecycle", "messages", "input", "values", "custom"];
const PATIENCE_MS = [250, 500, 1000, 2000, 4000, 8000, 15000];
const SLEPT_MS = 60000;

/** The service understood the command and said no; the message is its sentence. */
export class CommandRefused extends Error {}

/** There is no connection. If the command was `sent` before that, nobody here knows whether it arrived. */
export class ConnectionLost extends Error {
  constructor(sent) {
    super("The connection is lost.");
    this.sent = sent;
  }
}

/**
 * Stays connected until `close`, and skips what came up to number `since`. It tells `listener.event(event)`, and
 * `listener.state(name, detail)` with "open", "lost" (it is trying again), "locked" (a token is wanted) or "gone"
 * (`detail` says why).
 */
export class Wire {
  #id;
  #listener;
  #socket = null;
  #last;
  #subscribed = false;
  #failures = 0;
  #next = 1;
  #waiting = new Map();
  #timer = 0;
  #closed = false;
  #hiddenAt = 0;
  #leaving = new AbortController();

  constructor(id, listener, since = 0) {
    this.#id = id;
    this.#last = since;
    this.#listener = listener;
    const { signal } = this.#leaving;
    addEventListener("online", () => this.renew(), { signal });
    document.addEventListener("visibilitychange", () => this.#looked(), { signal });
    this.#connect();
  }

  /** The number of the last event that was told. */
  get last() {
    return this.#last;
  }

  /** Send a command and wait for its result. Throws `CommandRefused` or `ConnectionLost`. */
  command(method, params = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.reject(new ConnectionLost(false));
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Drop the socket and connect again at once; the numbers of the events make that harmless. */
  renew() {
    if (this.#closed) return;
    this.#failures = 0;
    this.#drop();
    this.#connect();
  }

  /** Leave for good. The run, if one is under way, goes on. */
  close() {
    this.#closed = true;
    this.#leaving.abort();
    clearTimeout(this.#timer);
    this.#drop();
  }

  // A machine that slept may hold a socket that is dead without knowing it.
  #looked() {
    if (document.hidden) this.#hiddenAt = Date.now();
    else if (this.#socket === null || Date.now() - this.#hiddenAt > SLEPT_MS) this.renew();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const { reject } of this.#waiting.values()) reject(new ConnectionLost(true));
    this.#waiting.clear();
  }

  #connect() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(eventsAddress(this.#id));
    this.#socket = socket;
    this.#subscribed = false;
    socket.onopen = () => this.#subscribe();
    socket.onmessage = (message) => socket === this.#socket && this.#take(message.data);
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  async #subscribe() {
    try {
      await this.command("subscription.subscribe", { channels: CHANNELS, since: this.#last });
      this.#failures = 0;
      this.#subscribed = true;
      this.#listener.state("open");
    } catch (problem) {
      if (problem instanceof CommandRefused) this.#giveUp("gone", problem.message);
    }
  }

  #take(text) {
    const frame = JSON.parse(text);
    if (frame.type !== "event") this.#reply(frame);
    else if (!(frame.seq <= this.#last)) {
      this.#last = frame.seq ?? this.#last;
      this.#listener.event(frame);
    }
  }

  // An error that answers no command says that the events end here; asking by HTTP tells whether for good.
  #reply(frame) {
    if (frame.id === null) {
      this.#subscribed = false;
      this.#socket.close();
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if (frame.type === "success") waiting?.resolve(frame.result);
    else waiting?.reject(new CommandRefused(frame.message ?? "The service could not do that."));
  }

  // A refused handshake looks like a dead network to a browser, so plain HTTP is asked for the reason.
  async #lost() {
    this.#drop();
    this.#listener.state("lost");
    if (!this.#subscribed) {
      try {
        await probe(this.#id);
      } catch (problem) {
        if (problem instanceof TokenWanted) return this.#giveUp("locked");
        if (problem instanceof Refused && [404, 422].includes(problem.status)) {
          return this.#giveUp("gone", problem.message);
        }
      }
    }
    if (this.#closed || this.#socket) return;
    const pause = PATIENCE_MS[Math.min(this.#failures++, PATIENCE_MS.length - 1)];
    this.#timer = setTimeout(() => this.#connect(), pause * (0.75 + Math.random() / 2));
  }

  #giveUp(state, detail) {
    if (this.#closed) return;
    this.close();
    this.#listener.state(state, detail);
  }
}

/** WebSocket of one conversation: commands with replies, and events in order, each exactly once. */

import { AuthenticationRequired, RequestFailed, eventsUrl, probe } from "./rest.js";

const CHANNELS = ["lifecycle", "messages", "input", "values", "custom"];
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000, 15000];
const MAX_HIDDEN_MS = 60000;

/** The service refused the command; the message says why. */
export class CommandRefused extends Error {}

/** There is no connection. If `sent` is true, the command may or may not have been received. */
export class ConnectionLost extends Error {
  constructor(sent) {
    super("Connection lost.");
    this.sent = sent;
  }
}

/**
 * Stays connected until `close`, and skips events up to number `since`. Calls `listener.event(event)` and
 * `listener.state(name, detail)` with "open", "lost" (reconnecting), "locked" (authentication required) or "gone"
 * (`detail` says why).
 */
export class EventSocket {
  #id;
  #listener;
  #socket = null;
  #lastSeq;
  #subscribed = false;
  #failures = 0;
  #nextId = 1;
  #pending = new Map();
  #timer = 0;
  #closed = false;
  #hiddenAt = 0;
  #closing = new AbortController();

  constructor(id, listener, since = 0) {
    this.#id = id;
    this.#lastSeq = since;
    this.#listener = listener;
    const { signal } = this.#closing;
    addEventListener("online", () => this.reconnect(), { signal });
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange(), { signal });
    this.#connect();
  }

  /** The number of the last event received. */
  get lastSeq() {
    return this.#lastSeq;
  }

  /** Send a command and wait for its result. Throws `CommandRefused` or `ConnectionLost`. */
  command(method, params = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.reject(new ConnectionLost(false));
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** Drop the socket and reconnect at once; events are deduplicated by their numbers. */
  reconnect() {
    if (this.#closed) return;
    this.#failures = 0;
    this.#drop();
    this.#connect();
  }

  /** Close for good. An active run continues. */
  close() {
    this.#closed = true;
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#drop();
  }

  // After sleep, a socket may be dead without the browser having noticed.
  #onVisibilityChange() {
    if (document.hidden) this.#hiddenAt = Date.now();
    else if (this.#socket === null || Date.now() - this.#hiddenAt > MAX_HIDDEN_MS) this.reconnect();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const { reject } of this.#pending.values()) reject(new ConnectionLost(true));
    this.#pending.clear();
  }

  #connect() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(eventsUrl(this.#id));
    this.#socket = socket;
    this.#subscribed = false;
    socket.onopen = () => this.#subscribe();
    socket.onmessage = (message) => socket === this.#socket && this.#onFrame(message.data);
    socket.onclose = () => socket === this.#socket && this.#onClose();
  }

  async #subscribe() {
    try {
      await this.command("subscription.subscribe", { channels: CHANNELS, since: this.#lastSeq });
      this.#failures = 0;
      this.#subscribed = true;
      this.#listener.state("open");
    } catch (error) {
      if (error instanceof CommandRefused) this.#giveUp("gone", error.message);
    }
  }

  #onFrame(text) {
    const frame = JSON.parse(text);
    if (frame.type !== "event") this.#onReply(frame);
    else if (!(frame.seq <= this.#lastSeq)) {
      this.#lastSeq = frame.seq ?? this.#lastSeq;
      this.#listener.event(frame);
    }
  }

  // An error without a command id ends the events; an HTTP request then tells whether for good.
  #onReply(frame) {
    if (frame.id === null) {
      this.#subscribed = false;
      this.#socket.close();
      return;
    }
    const pending = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (frame.type === "success") pending?.resolve(frame.result);
    else pending?.reject(new CommandRefused(frame.message ?? "The service could not do that."));
  }

  // To a browser, a denied handshake looks like a network error, so an HTTP request finds out the reason.
  async #onClose() {
    this.#drop();
    this.#listener.state("lost");
    if (!this.#subscribed) {
      try {
        await probe(this.#id);
      } catch (error) {
        if (error instanceof AuthenticationRequired) return this.#giveUp("locked");
        if (error instanceof RequestFailed && [404, 422].includes(error.status)) {
          return this.#giveUp("gone", error.message);
        }
      }
    }
    if (this.#closed || this.#socket) return;
    const delay = BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)];
    this.#timer = setTimeout(() => this.#connect(), delay * (0.75 + Math.random() / 2));
  }

  #giveUp(state, detail) {
    if (this.#closed) return;
    this.close();
    this.#listener.state(state, detail);
  }
}

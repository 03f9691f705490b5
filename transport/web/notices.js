/** What the page says at its edges: a banner while the connection is lost, short notices, words for screen readers. */

import { byId, make } from "./dom.js";

const UNDO_MS = 7000;
const NOTICE_MS = 5000;
// A connection that is back at once was never worth a word.
const BANNER_AFTER_MS = 700;

let bannerTimer = 0;

/** Show a lasting sentence above the conversation, or none. */
export function banner(sentence) {
  clearTimeout(bannerTimer);
  const place = byId("banner");
  if (!sentence) place.hidden = true;
  else
    bannerTimer = setTimeout(() => {
      place.textContent = sentence;
      place.hidden = false;
    }, BANNER_AFTER_MS);
}

/** Tell a screen reader, without showing anything. */
export function announce(sentence) {
  byId("voice").textContent = sentence;
}

/** Show a short notice. */
export function notice(sentence) {
  const shown = make("div.notice", {}, sentence);
  byId("notices").append(shown);
  setTimeout(() => shown.remove(), NOTICE_MS);
}

/** Do something unless it is undone in time. `finish` also runs when the page is left. */
export function undoable(sentence, { finish, undo }) {
  const settled = new AbortController();
  const settle = (deed) => {
    if (settled.signal.aborted) return;
    settled.abort();
    clearTimeout(timer);
    shown.remove();
    deed();
  };
  const button = make("button", { type: "button", onclick: () => settle(undo) }, "Undo");
  const shown = make("div.notice", {}, sentence, button);
  const timer = setTimeout(() => settle(finish), UNDO_MS);
  addEventListener("pagehide", () => settle(finish), { signal: settled.signal });
  byId("notices").append(shown);
}

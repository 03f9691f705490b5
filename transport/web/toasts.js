/** Status messages: the connection banner, short toasts, and announcements for screen readers. */

import { byId, make } from "./dom.js";

const UNDO_MS = 7000;
const TOAST_MS = 5000;
// A connection that is restored within this time is not worth a message.
const BANNER_DELAY_MS = 700;

let bannerTimer = 0;

/** Show a persistent message above the conversation; an empty string hides it. */
export function banner(message) {
  clearTimeout(bannerTimer);
  const element = byId("banner");
  if (!message) element.hidden = true;
  else
    bannerTimer = setTimeout(() => {
      element.textContent = message;
      element.hidden = false;
    }, BANNER_DELAY_MS);
}

/** Announce a message to screen readers without showing it. */
export function announce(message) {
  byId("announcer").textContent = message;
}

/** Show a short message. */
export function toast(message) {
  const element = make("div.toast", {}, message);
  byId("toasts").append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

/** Delay an action so that it can be undone. `finish` also runs when the page is closed. */
export function undoable(message, { finish, undo }) {
  const settled = new AbortController();
  const settle = (action) => {
    if (settled.signal.aborted) return;
    settled.abort();
    clearTimeout(timer);
    element.remove();
    action();
  };
  const button = make("button", { type: "button", onclick: () => settle(undo) }, "Undo");
  const element = make("div.toast", {}, message, button);
  const timer = setTimeout(() => settle(finish), UNDO_MS);
  addEventListener("pagehide", () => settle(finish), { signal: settled.signal });
  byId("toasts").append(element);
}

/** Small controls used in several places. */

import { copy } from "./csv.js";
import { icon, make } from "./dom.js";

const THANKS_MS = 1600;

/** A button that copies what `text()` gives, and says so for a moment. */
export function copyButton(name, text) {
  const label = make("span.label", {}, name);
  const button = make("button.quiet", { type: "button", onclick: press }, icon("copy"), label);
  async function press() {
    try {
      await copy(text());
      tell("Copied", "check");
    } catch {
      tell("Not allowed", "copy");
    }
  }
  function tell(word, drawing) {
    label.textContent = word;
    button.firstChild.replaceWith(icon(drawing));
    setTimeout(() => {
      label.textContent = name;
      button.firstChild.replaceWith(icon("copy"));
    }, THANKS_MS);
  }
  return button;
}

/** A row of named folds of which at most one is open: `[{name, body}]`, `body()` is made when first opened. */
export function folds(parts, ...beside) {
  const room = make("div.fold-room");
  const buttons = parts.map(({ name, body }) => {
    const panel = make("div.fold", { hidden: true, role: "region", "aria-label": name });
    const button = make("button.quiet.folder", { type: "button", "aria-expanded": "false" }, icon("chevron"), name);
    button.addEventListener("click", () => {
      const opening = panel.hidden;
      for (const other of buttons) other.fold(false);
      if (opening && !panel.hasChildNodes()) panel.append(body());
      button.fold(opening);
    });
    button.fold = (open) => {
      panel.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    };
    room.append(panel);
    return button;
  });
  return make("div.folds", {}, make("div.fold-row", {}, ...buttons, make("span.push"), ...beside), room);
}

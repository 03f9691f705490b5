/** Shared controls: copy button and disclosure row. */

import { copyText } from "./csv.js";
import { icon, make } from "./dom.js";

const FEEDBACK_MS = 1600;

/** Create a button that copies the result of `getText()` and confirms it for a moment. */
export function copyButton(name, getText) {
  const label = make("span.label", {}, name);
  const button = make("button.quiet", { type: "button", onclick: onClick }, icon("copy"), label);
  async function onClick() {
    try {
      await copyText(getText());
      showFeedback("Copied", "check");
    } catch {
      showFeedback("Copy failed", "copy");
    }
  }
  function showFeedback(text, iconName) {
    label.textContent = text;
    button.firstChild.replaceWith(icon(iconName));
    setTimeout(() => {
      label.textContent = name;
      button.firstChild.replaceWith(icon("copy"));
    }, FEEDBACK_MS);
  }
  return button;
}

/** Create disclosures of which at most one is open: `[{name, body}]`; `body()` is called when first opened. */
export function disclosures(sections, ...trailing) {
  const panels = make("div.disclosure-panels");
  const buttons = sections.map(({ name, body }) => {
    const panel = make("div.disclosure-panel", { hidden: true, role: "region", "aria-label": name });
    const attributes = { type: "button", "aria-expanded": "false" };
    const button = make("button.quiet.disclosure", attributes, icon("chevron"), name);
    button.addEventListener("click", () => {
      const opens = panel.hidden;
      for (const sibling of buttons) sibling.setOpen(false);
      if (opens && !panel.hasChildNodes()) panel.append(body());
      button.setOpen(opens);
    });
    button.setOpen = (open) => {
      panel.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    };
    panels.append(panel);
    return button;
  });
  return make(
    "div.disclosures",
    {},
    make("div.disclosure-row", {}, ...buttons, make("span.spacer"), ...trailing),
    panels,
  );
}

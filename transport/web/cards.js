/** Interrupt cards: a clarification to choose, or a query to approve, while a run waits. */

import { make } from "./dom.js";
import { formatSql } from "./sql.js";

// Interrupts that show a query awaiting a decision.
const APPROVAL_KINDS = ["approve", "cost"];

/** Render an open interrupt. `respond(response, text)` sends the response; `text` is its form for people. */
export function renderCard({ payload }, respond) {
  const isApproval = APPROVAL_KINDS.includes(payload?.kind);
  const card = isApproval ? approvalCard(payload, respond) : clarificationCard(payload ?? {}, respond);
  card.setAttribute("role", "group");
  return card;
}

/** Render a closed interrupt with its response, if there was one. */
export function renderClosedInterrupt({ payload, responseText }) {
  const fallback = APPROVAL_KINDS.includes(payload?.kind) ? "Approval requested" : "Clarification requested";
  const title = (payload?.kind === "clarify" && payload.question) || fallback;
  return make("p.answered", {}, make("span", {}, title), responseText ? make("strong", {}, responseText) : null);
}

function clarificationCard({ question, choices }, respond) {
  const card = make("div.card", { "aria-label": "Clarification" });
  const answer = (text) => text.trim() && sendOnce(card, respond, text.trim(), text.trim());
  const labels = { placeholder: "Or answer in your own words", "aria-label": "Your answer" };
  const input = make("input", { type: "text", ...labels });
  const submit = (event) => (event.preventDefault(), answer(input.value));
  const form = make("form.free-answer", { onsubmit: submit }, input, plainButton("Answer", "submit"));
  const buttons = (choices ?? []).map((choice) =>
    make("button.choice", { type: "button", onclick: () => answer(choice) }, choice),
  );
  card.append(make("p.card-title", {}, question || "What do you mean?"), make("div.choices", {}, ...buttons), form);
  return card;
}

function approvalCard({ sql, reason }, respond) {
  const original = formatSql(sql ?? "");
  const card = make("div.card", { "aria-label": "Query awaiting approval" });
  const rows = original.split("\n").length + 1;
  const editor = make("textarea.sql", { spellcheck: "false", "aria-label": "SQL query", rows });
  editor.value = original;
  const runButton = make("button.primary", { type: "button", onclick: approve }, "Approve");
  const undoButton = make("button.quiet", { type: "button", hidden: true, onclick: undoEdits }, "Undo edits");
  const rejectButton = plainButton("Reject", "button");
  const isEdited = () => editor.value.trim() !== original.trim();
  function approve() {
    if (!isEdited()) sendOnce(card, respond, { decision: "approve" }, "Approved");
    else if (editor.value.trim()) sendOnce(card, respond, { decision: "edit", sql: editor.value }, "Run as edited");
  }
  function update() {
    runButton.textContent = isEdited() ? "Run edited" : "Approve";
    undoButton.hidden = !isEdited();
  }
  function undoEdits() {
    editor.value = original;
    update();
    editor.focus();
  }
  editor.addEventListener("input", update);
  rejectButton.addEventListener("click", () => sendOnce(card, respond, { decision: "refuse" }, "Rejected"));
  card.append(make("p.card-title", {}, reason || "Run this query?"), editor);
  card.append(make("div.card-actions", {}, runButton, rejectButton, undoButton));
  return card;
}

function plainButton(label, type) {
  return make("button.plain", { type }, label);
}

// Controls are disabled while a response is sent: the service refuses a second one.
async function sendOnce(card, respond, response, text) {
  const controls = card.querySelectorAll("button, input, textarea");
  for (const control of controls) control.disabled = true;
  const error = await respond(response, text);
  if (!error) return;
  for (const control of controls) control.disabled = false;
  card.querySelector(".error")?.remove();
  card.append(make("p.error", { role: "alert" }, error));
}

/** What the service asks back while a run waits: which reading is meant, or whether a query may run. */

import { make } from "./dom.js";
import { layOut } from "./sql.js";

// Both show a query that waits for a decision.
const DECISIONS = ["approve", "cost"];

/** Draw an open interrupt. `respond(response, words)` sends the answer; `words` say it for people. */
export function drawCard({ payload }, respond) {
  const card = DECISIONS.includes(payload?.kind) ? approval(payload, respond) : clarification(payload ?? {}, respond);
  card.setAttribute("role", "group");
  return card;
}

/** Draw an interrupt that was answered, or passed by. */
export function drawAnswered({ payload, words }) {
  const asked = DECISIONS.includes(payload?.kind) ? "Asked whether this query may run" : payload?.question || "Asked back";
  return make("p.answered", {}, make("span", {}, asked), words ? make("strong", {}, words) : null);
}

function clarification({ question, choices }, respond) {
  const card = make("div.card", { "aria-label": "A question back" });
  const answer = (words) => words.trim() && sendOnce(card, respond, words.trim(), words.trim());
  const naming = { placeholder: "Or in your own words", "aria-label": "Your own words" };
  const own = make("input", { type: "text", ...naming });
  const submit = (event) => (event.preventDefault(), answer(own.value));
  const form = make("form.own", { onsubmit: submit }, own, plain("Answer", "submit"));
  const buttons = (choices ?? []).map((choice) =>
    make("button.choice", { type: "button", onclick: () => answer(choice) }, choice),
  );
  card.append(make("p.card-title", {}, question || "What do you mean?"), make("div.choices", {}, ...buttons), form);
  return card;
}

function approval({ sql, reason }, respond) {
  const given = layOut(sql ?? "");
  const card = make("div.card", { "aria-label": "A query that waits for approval" });
  const rows = given.split("\n").length + 1;
  const editor = make("textarea.sql", { spellcheck: "false", "aria-label": "The query", rows });
  editor.value = given;
  const run = make("button.primary", { type: "button", onclick: approve }, "Approve");
  const undo = make("button.quiet", { type: "button", hidden: true, onclick: restore }, "Undo edits");
  const refuse = plain("Refuse", "button");
  const edited = () => editor.value.trim() !== given.trim();
  function approve() {
    if (!edited()) sendOnce(card, respond, { decision: "approve" }, "Approved");
    else if (editor.value.trim()) sendOnce(card, respond, { decision: "edit", sql: editor.value }, "Run as edited");
  }
  function weigh() {
    run.textContent = edited() ? "Run edited" : "Approve";
    undo.hidden = !edited();
  }
  function restore() {
    editor.value = given;
    weigh();
    editor.focus();
  }
  editor.addEventListener("input", weigh);
  refuse.addEventListener("click", () => sendOnce(card, respond, { decision: "refuse" }, "Refused"));
  card.append(make("p.card-title", {}, reason || "May this query run?"), editor);
  card.append(make("div.card-foot", {}, run, refuse, undo));
  return card;
}

function plain(words, type) {
  return make("button.plain", { type }, words);
}

// A second press while the first is on its way would be refused by the service, so it is not offered.
async function sendOnce(card, respond, response, words) {
  const controls = card.querySelectorAll("button, input, textarea");
  for (const control of controls) control.disabled = true;
  const problem = await respond(response, words);
  if (!problem) return;
  for (const control of controls) control.disabled = false;
  card.querySelector(".problem")?.remove();
  card.append(make("p.problem", { role: "alert" }, problem));
}

/** Where questions are typed. Enter asks, Shift+Enter makes a new line, an arrow up brings the last question back. */

import { byId } from "./dom.js";

const MOST = 4000;

/** Calls `deeds.ask(question)` and `deeds.stop()`; `recall()` gives the last question. */
export class AskBox {
  #form = byId("ask");
  #field = byId("question");
  #button = byId("send");
  #problem = byId("problem");
  #deeds;
  #running = false;

  constructor(deeds) {
    this.#deeds = deeds;
    this.#field.maxLength = MOST;
    this.#form.addEventListener("submit", (event) => (event.preventDefault(), this.#press()));
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("input", () => {
      this.complain("");
      this.#weigh();
    });
    document.addEventListener("keydown", (event) => this.#anywhere(event));
    this.#form.addEventListener("click", (event) => event.target === this.#form && this.focus());
    this.#weigh();
  }

  /** Show that an answer is on its way, or no longer. */
  set running(running) {
    this.#running = running;
    this.#form.classList.toggle("running", running);
    this.#button.setAttribute("aria-label", running ? "Stop" : "Ask");
    this.#button.title = running ? "Stop (Esc)" : "Ask (Enter)";
    this.#weigh();
  }

  /** Say under the field what went wrong; an empty sentence takes it back. */
  complain(sentence) {
    this.#problem.textContent = sentence;
    this.#problem.hidden = !sentence;
  }

  /** Put a question back into the field, unless something newer was typed meanwhile. */
  restore(question) {
    if (!this.#field.value.trim()) this.#field.value = question;
    this.#weigh();
  }

  /** Empty the field if it still holds this question. */
  forget(question) {
    if (this.#field.value.trim() === question) this.#field.value = "";
    this.#weigh();
  }

  focus() {
    this.#field.focus();
  }

  #press() {
    if (this.#running) return this.#deeds.stop();
    const question = this.#field.value.trim();
    if (!question) return this.focus();
    this.#field.value = "";
    this.#weigh();
    return this.#deeds.ask(question);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (this.#running) this.complain("An answer is on its way. Esc stops it.");
      else this.#press();
    } else if (event.key === "ArrowUp" && !this.#field.value) {
      const question = this.#deeds.recall();
      if (!question) return;
      event.preventDefault();
      this.#field.value = question;
      this.#weigh();
    }
  }

  #anywhere(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/" && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      this.focus();
    } else if (event.key === "Escape" && this.#running) this.#deeds.stop();
  }

  #weigh() {
    const field = this.#field;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    this.#button.disabled = !this.#running && !field.value.trim();
  }
}

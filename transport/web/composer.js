/** Question input. Enter asks, Shift+Enter inserts a line break, Arrow Up recalls the last question. */

import { byId } from "./dom.js";

const MAX_LENGTH = 4000;

/** Calls `handlers.ask(question)` and `handlers.stop()`; `handlers.lastQuestion()` returns the last question. */
export class Composer {
  #form = byId("composer");
  #field = byId("question");
  #button = byId("send");
  #error = byId("composer-error");
  #handlers;
  #running = false;

  constructor(handlers) {
    this.#handlers = handlers;
    this.#field.maxLength = MAX_LENGTH;
    this.#form.addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    this.#field.addEventListener("keydown", (event) => this.#onFieldKey(event));
    this.#field.addEventListener("input", () => {
      this.showError("");
      this.#update();
    });
    document.addEventListener("keydown", (event) => this.#onGlobalKey(event));
    this.#form.addEventListener("click", (event) => event.target === this.#form && this.focus());
    this.#update();
  }

  /** Switch between asking and stopping. */
  set running(running) {
    this.#running = running;
    this.#form.classList.toggle("running", running);
    this.#button.setAttribute("aria-label", running ? "Stop" : "Ask");
    this.#button.title = running ? "Stop (Esc)" : "Ask (Enter)";
    this.#update();
  }

  /** Show an error below the field; an empty string clears it. */
  showError(message) {
    this.#error.textContent = message;
    this.#error.hidden = !message;
  }

  /** Put a question back into the field, unless the user has typed something else. */
  restore(question) {
    if (!this.#field.value.trim()) this.#field.value = question;
    this.#update();
  }

  /** Clear the field if it still contains this question. */
  clear(question) {
    if (this.#field.value.trim() === question) this.#field.value = "";
    this.#update();
  }

  focus() {
    this.#field.focus();
  }

  #submit() {
    if (this.#running) return this.#handlers.stop();
    const question = this.#field.value.trim();
    if (!question) return this.focus();
    this.#field.value = "";
    this.#update();
    return this.#handlers.ask(question);
  }

  #onFieldKey(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (this.#running) this.showError("An answer is in progress. Press Esc to stop it.");
      else this.#submit();
    } else if (event.key === "ArrowUp" && !this.#field.value) {
      const question = this.#handlers.lastQuestion();
      if (!question) return;
      event.preventDefault();
      this.#field.value = question;
      this.#update();
    }
  }

  #onGlobalKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/" && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      this.focus();
    } else if (event.key === "Escape" && this.#running) this.#handlers.stop();
  }

  #update() {
    const field = this.#field;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    this.#button.disabled = !this.#running && !field.value.trim();
  }
}

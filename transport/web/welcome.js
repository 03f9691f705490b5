/** The beginning: which database to ask, and what one could ask it. */

import { byId, make } from "./dom.js";

const CHOSEN = "querent.database";
const SHOP = ["How many customers are there?", "What was the revenue by month in 2025?", "Top 5 products by revenue"];
const ANY = "What do you know about?";

/** Shows the empty page, and the choice of a database beside the ask box; `ask(question)` is called for an example. */
export class Welcome {
  #databases = null;
  #select = byId("database");
  #ask;
  #shown = "";

  constructor(ask) {
    this.#ask = ask;
    this.#select.addEventListener("change", () => {
      localStorage.setItem(CHOSEN, this.#select.value);
      this.show(true, null);
    });
  }

  /** The databases that may be asked, as the service names them. */
  set databases(databases) {
    this.#databases = databases;
    const before = localStorage.getItem(CHOSEN);
    this.#select.replaceChildren(...databases.map(({ name }) => make("option", { value: name }, name)));
    if (databases.some(({ name }) => name === before)) this.#select.value = before;
  }

  /** The database that a new conversation asks; as long as none is known, the service chooses. */
  get chosen() {
    return this.#select.value || undefined;
  }

  /** Show the beginning or hide it. `bound` is the database of an open conversation, null for a new one. */
  show(empty, bound) {
    const state = JSON.stringify([empty, bound, this.chosen, this.#databases]);
    if (state === this.#shown) return;
    this.#shown = state;
    const several = (this.#databases?.length ?? 0) > 1;
    byId("choice").hidden = bound !== null || !several;
    byId("bound").textContent = bound ?? (several ? "" : (this.chosen ?? ""));
    byId("question").placeholder = empty ? "Ask a question" : "Ask a follow-up";
    byId("hello").hidden = !empty;
    byId("examples").hidden = !empty;
    if (empty) this.#greet(bound || this.chosen);
  }

  #greet(name) {
    const database = this.#databases?.find((each) => each.name === name);
    const none = this.#databases?.length === 0;
    byId("about").textContent = none
      ? "No database is connected yet. “querent connections add” connects one."
      : (database?.description ?? "");
    byId("examples").replaceChildren(...(database ? examplesFor(database).map((each) => this.#drawExample(each)) : []));
  }

  #drawExample(question) {
    return make("li", {}, make("button.example", { type: "button", onclick: () => this.#ask(question) }, question));
  }
}

function examplesFor({ name, examples }) {
  if (examples?.length) return [...examples.slice(0, 3), ANY];
  return /shop/i.test(name) ? [...SHOP, ANY] : [ANY, "Which tables are there?"];
}

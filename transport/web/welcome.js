/** Start screen: database selection and example questions. */

import { byId, make } from "./dom.js";

const STORAGE_KEY = "querent.database";
const SHOP_EXAMPLES = ["How many customers are there?", "What was the revenue by month in 2025?", "Top 5 products by revenue"];
const OVERVIEW = "What do you know about?";

/** Renders the start screen and the database selection; calls `ask(question)` for an example. */
export class Welcome {
  #databases = null;
  #select = byId("database");
  #ask;
  #rendered = "";

  constructor(ask) {
    this.#ask = ask;
    this.#select.addEventListener("change", () => {
      localStorage.setItem(STORAGE_KEY, this.#select.value);
      this.render(true, null);
    });
  }

  /** The databases that can be queried. */
  set databases(databases) {
    this.#databases = databases;
    const stored = localStorage.getItem(STORAGE_KEY);
    this.#select.replaceChildren(...databases.map(({ name }) => make("option", { value: name }, name)));
    if (databases.some(({ name }) => name === stored)) this.#select.value = stored;
  }

  /** The database of a new conversation; until the databases are loaded, the service chooses. */
  get selected() {
    return this.#select.value || undefined;
  }

  /** Render the start screen or hide it. `database` is that of the open conversation, null for a new one. */
  render(empty, database) {
    const state = JSON.stringify([empty, database, this.selected, this.#databases]);
    if (state === this.#rendered) return;
    this.#rendered = state;
    const several = (this.#databases?.length ?? 0) > 1;
    byId("database-choice").hidden = database !== null || !several;
    byId("current-database").textContent = database ?? (several ? "" : (this.selected ?? ""));
    byId("question").placeholder = empty ? "Ask a question" : "Ask a follow-up";
    byId("welcome").hidden = !empty;
    byId("examples").hidden = !empty;
    if (empty) this.#renderWelcome(database || this.selected);
  }

  #renderWelcome(name) {
    const database = this.#databases?.find((candidate) => candidate.name === name);
    const hasNone = this.#databases?.length === 0;
    byId("database-description").textContent = hasNone
      ? "No database is connected yet. Add one with “querent connections add”."
      : (database?.description ?? "");
    byId("examples").replaceChildren(...(database ? examplesFor(database).map((example) => this.#renderExample(example)) : []));
  }

  #renderExample(question) {
    return make("li", {}, make("button.example", { type: "button", onclick: () => this.#ask(question) }, question));
  }
}

function examplesFor({ name, examples }) {
  if (examples?.length) return [...examples.slice(0, 3), OVERVIEW];
  return /shop/i.test(name) ? [...SHOP_EXAMPLES, OVERVIEW] : [OVERVIEW, "Which tables are there?"];
}

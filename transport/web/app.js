/** Page controller: the open conversation, the conversation list, and the path of a question. */

import { Composer } from "./composer.js";
import { ConversationView } from "./conversation_view.js";
import { byId } from "./dom.js";
import { askForToken, withToken } from "./login.js";
import * as rest from "./rest.js";
import { Drawer, Sidebar } from "./sidebar.js";
import { banner, toast, undoable } from "./toasts.js";
import { Welcome } from "./welcome.js";

const RETRY_MS = 3000;
const NEAR_END_PX = 240;
const UNEXPECTED_ERROR = "Something went wrong. Please reload the page.";

class Page {
  #conversations = [];
  #removed = new Set();
  #view = null;
  #wasRunning = false;
  #welcome = new Welcome((question) => this.#ask(question));
  #sidebar = new Sidebar({ rename: (id, title) => this.#rename(id, title), remove: (id) => this.#remove(id) });
  #composer = new Composer({
    ask: (question) => this.#ask(question),
    stop: () => this.#view?.stop(),
    lastQuestion: () => this.#view?.lastQuestion,
  });

  async start() {
    new Drawer();
    addEventListener("hashchange", () => this.#route());
    addEventListener("focus", () => this.#refresh());
    byId("new").addEventListener("click", () => this.#composer.focus());
    byId("skip").addEventListener("click", (event) => (event.preventDefault(), this.#composer.focus()));
    byId("latest").addEventListener("click", () => this.#view?.scrollToEnd());
    byId("scroller").addEventListener("scroll", () => this.#updateLatestButton(), { passive: true });
    this.#route();
    await Promise.all([this.#loadDatabases(), this.#refresh()]);
  }

  async #loadDatabases() {
    try {
      this.#welcome.databases = await withToken(rest.databases);
      banner("");
    } catch (error) {
      banner(`${error.message} Retrying…`);
      setTimeout(() => this.#loadDatabases(), RETRY_MS);
    }
    this.#render();
  }

  async #refresh() {
    try {
      this.#conversations = this.#withTitles(await withToken(rest.conversations));
      this.#render();
    } catch {
      // Keep the current list; the banner already reports that the service cannot be reached.
    }
  }

  // The service sets the title when the first question arrives, which may be a moment later.
  #withTitles(conversations) {
    const titles = new Map(this.#conversations.map(({ id, title }) => [id, title]));
    return conversations.map((item) => ({ ...item, title: item.title || titles.get(item.id) || "" }));
  }

  #route() {
    const id = /^#\/c\/([\w-]+)$/.exec(location.hash)?.[1] ?? null;
    if (id === (this.#view?.id ?? null)) return this.#render();
    this.#open(id);
    if (matchMedia("(pointer: fine)").matches) this.#composer.focus();
  }

  #open(id) {
    this.#view?.close();
    this.#wasRunning = false;
    this.#composer.showError("");
    banner("");
    this.#view = id && new ConversationView(id, {
      changed: () => this.#onChanged(),
      state: (name, detail) => this.#onState(id, name, detail),
      ask: (question) => this.#ask(question),
      received: (question) => {
        this.#composer.clear(question);
        this.#composer.showError("");
      },
    });
    this.#render();
  }

  #onChanged() {
    const running = this.#view?.running ?? false;
    if (this.#wasRunning !== running) this.#refresh();
    this.#wasRunning = running;
    this.#render();
  }

  async #onState(id, name, detail) {
    if (id !== this.#view?.id) return;
    if (name === "open") banner("");
    if (name === "lost") banner("Connection lost. Reconnecting…");
    if (name === "gone") this.#leave(detail);
    if (name === "locked") {
      await askForToken();
      this.#view.reconnect();
    }
  }

  #leave(reason) {
    if (reason) toast(reason);
    location.hash = "#/";
  }

  async #ask(question) {
    if (this.#view?.running) return;
    this.#composer.showError("");
    if (matchMedia("(pointer: fine)").matches) this.#composer.focus();
    const error = await this.#send(question);
    if (error) {
      this.#composer.restore(question);
      this.#composer.showError(error);
    } else this.#composer.clear(question);
  }

  async #send(question) {
    try {
      if (!this.#view) await this.#createConversation(question);
      return await this.#view.ask(question);
    } catch (error) {
      return error instanceof rest.RequestFailed ? error.message : UNEXPECTED_ERROR;
    }
  }

  async #createConversation(question) {
    const database = this.#welcome.selected;
    const id = await withToken(() => rest.create(database));
    this.#conversations = [{ id, title: question, database, updated: new Date() }, ...this.#conversations];
    history.pushState(null, "", `#/c/${id}`);
    this.#open(id);
  }

  async #rename(id, title) {
    this.#conversations = this.#conversations.map((item) => (item.id === id ? { ...item, title } : item));
    this.#render();
    await this.#attempt(() => rest.rename(id, title));
  }

  #remove(id) {
    this.#removed.add(id);
    if (this.#view?.id === id) this.#leave();
    this.#render();
    undoable("Conversation deleted.", {
      finish: () => this.#attempt(() => rest.remove(id)),
      undo: () => {
        this.#removed.delete(id);
        this.#render();
      },
    });
  }

  async #attempt(request) {
    try {
      await withToken(request);
    } catch (error) {
      toast(error.message);
      await this.#refresh();
    }
  }

  #render() {
    const conversations = this.#conversations.filter(({ id }) => !this.#removed.has(id));
    const current = conversations.find(({ id }) => id === this.#view?.id);
    const empty = !this.#view || this.#view.empty;
    this.#sidebar.render(conversations, this.#view?.id);
    this.#composer.running = this.#view?.running ?? false;
    byId("main").classList.toggle("empty", empty);
    this.#welcome.render(empty, this.#view ? (this.#view.database ?? current?.database ?? "") : null);
    byId("title").textContent = current?.title || (this.#view ? "Conversation" : "");
    document.title = current?.title ? `${current.title} · Querent` : "Querent";
    this.#updateLatestButton();
  }

  #updateLatestButton() {
    const { scrollHeight, scrollTop, clientHeight } = byId("scroller");
    byId("latest").hidden = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }
}

await new Page().start();

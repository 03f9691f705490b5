/** The page: which conversation is open, what the list shows, and where a question goes. */

import { AskBox } from "./askbox.js";
import { byId } from "./dom.js";
import { askForToken, withToken } from "./login.js";
import { banner, notice, undoable } from "./notices.js";
import * as rest from "./rest.js";
import { Drawer, Sidebar } from "./sidebar.js";
import { Talk } from "./talk.js";
import { Welcome } from "./welcome.js";

const RETRY_MS = 3000;
const LATEST_PX = 240;
const BROKEN = "Something went wrong on this page. Please load it again.";

class Page {
  #conversations = [];
  #removed = new Set();
  #talk = null;
  #wasRunning = false;
  #welcome = new Welcome((question) => this.#ask(question));
  #sidebar = new Sidebar({ rename: (...given) => this.#rename(...given), remove: (id) => this.#remove(id) });
  #box = new AskBox({
    ask: (question) => this.#ask(question),
    stop: () => this.#talk?.stop(),
    recall: () => this.#talk?.lastQuestion,
  });

  async begin() {
    new Drawer();
    addEventListener("hashchange", () => this.#route());
    addEventListener("focus", () => this.#refresh());
    byId("new").addEventListener("click", () => this.#box.focus());
    byId("skip").addEventListener("click", (event) => (event.preventDefault(), this.#box.focus()));
    byId("latest").addEventListener("click", () => this.#talk?.toLatest());
    byId("scroller").addEventListener("scroll", () => this.#weighLatest(), { passive: true });
    this.#route();
    await Promise.all([this.#learnDatabases(), this.#refresh()]);
  }

  async #learnDatabases() {
    try {
      this.#welcome.databases = await withToken(rest.databases);
      banner("");
    } catch (problem) {
      banner(`${problem.message} Trying again…`);
      setTimeout(() => this.#learnDatabases(), RETRY_MS);
    }
    this.#show();
  }

  async #refresh() {
    try {
      this.#conversations = this.#titled(await withToken(rest.conversations));
      this.#show();
    } catch {
      // The list stays as it was; the banner already speaks of a service that cannot be reached.
    }
  }

  // The service names a conversation when its first question arrives, which may be a moment from now.
  #titled(fresh) {
    const known = new Map(this.#conversations.map(({ id, title }) => [id, title]));
    return fresh.map((each) => ({ ...each, title: each.title || known.get(each.id) || "" }));
  }

  #route() {
    const id = /^#\/c\/([\w-]+)$/.exec(location.hash)?.[1] ?? null;
    if (id === (this.#talk?.id ?? null)) return this.#show();
    this.#open(id);
    if (matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  #open(id) {
    this.#talk?.close();
    this.#wasRunning = false;
    this.#box.complain("");
    banner("");
    this.#talk = id && new Talk(id, {
      changed: () => this.#changed(),
      state: (name, detail) => this.#state(id, name, detail),
      ask: (question) => this.#ask(question),
      arrived: (question) => {
        this.#box.forget(question);
        this.#box.complain("");
      },
    });
    this.#show();
  }

  #changed() {
    const running = this.#talk?.running ?? false;
    if (this.#wasRunning !== running) this.#refresh();
    this.#wasRunning = running;
    this.#show();
  }

  async #state(id, name, detail) {
    if (id !== this.#talk?.id) return;
    if (name === "open") banner("");
    if (name === "lost") banner("The connection is lost. Trying again; nothing will be missed.");
    if (name === "gone") this.#leave(detail);
    if (name === "locked") {
      await askForToken();
      this.#talk.renew();
    }
  }

  #leave(reason) {
    if (reason) notice(reason);
    location.hash = "#/";
  }

  async #ask(question) {
    if (this.#talk?.running) return;
    this.#box.complain("");
    if (matchMedia("(pointer: fine)").matches) this.#box.focus();
    const sentence = await this.#put(question);
    if (sentence) {
      this.#box.restore(question);
      this.#box.complain(sentence);
    } else this.#box.forget(question);
  }

  async #put(question) {
    try {
      if (!this.#talk) await this.#beginTalk(question);
      return await this.#talk.ask(question);
    } catch (problem) {
      return problem instanceof rest.Refused ? problem.message : BROKEN;
    }
  }

  async #beginTalk(question) {
    const database = this.#welcome.chosen;
    const id = await withToken(() => rest.begin(database));
    this.#conversations = [{ id, title: question, database, updated: new Date() }, ...this.#conversations];
    history.pushState(null, "", `#/c/${id}`);
    this.#open(id);
  }

  async #rename(id, title) {
    this.#conversations = this.#conversations.map((each) => (each.id === id ? { ...each, title } : each));
    this.#show();
    await this.#attempt(() => rest.entitle(id, title));
  }

  #remove(id) {
    this.#removed.add(id);
    if (this.#talk?.id === id) this.#leave();
    this.#show();
    undoable("Conversation deleted.", {
      finish: () => this.#attempt(() => rest.remove(id)),
      undo: () => {
        this.#removed.delete(id);
        this.#show();
      },
    });
  }

  async #attempt(deed) {
    try {
      await withToken(deed);
    } catch (problem) {
      notice(problem.message);
      await this.#refresh();
    }
  }

  #show() {
    const known = this.#conversations.filter(({ id }) => !this.#removed.has(id));
    const current = known.find(({ id }) => id === this.#talk?.id);
    const empty = !this.#talk || this.#talk.empty;
    this.#sidebar.draw(known, this.#talk?.id);
    this.#box.running = this.#talk?.running ?? false;
    byId("main").classList.toggle("empty", empty);
    this.#welcome.show(empty, this.#talk ? (this.#talk.database ?? current?.database ?? "") : null);
    byId("title").textContent = current?.title || (this.#talk ? "Conversation" : "");
    document.title = current?.title ? `${current.title} · Querent` : "Querent";
    this.#weighLatest();
  }

  #weighLatest() {
    const { scrollHeight, scrollTop, clientHeight } = byId("scroller");
    byId("latest").hidden = scrollHeight - scrollTop - clientHeight < LATEST_PX;
  }
}

await new Page().begin();

/** The list of conversations: choose, rename, delete. On a narrow screen it is a drawer. */

import { byId, icon, make } from "./dom.js";

const DAY_MS = 86400000;

/** Draws the list with `draw(conversations, currentId)`; calls `deeds.rename(id, title)` and `deeds.remove(id)`. */
export class Sidebar {
  #list = byId("list");
  #deeds;
  #shown = "";

  constructor(deeds) {
    this.#deeds = deeds;
  }

  draw(conversations, current) {
    const shown = JSON.stringify([conversations, current, new Date().toDateString()]);
    if (shown === this.#shown || this.#list.querySelector("input")) return;
    this.#shown = shown;
    const held = document.activeElement?.closest?.("[data-id]")?.dataset.id;
    this.#list.replaceChildren(...grouped(conversations).map((group) => this.#drawGroup(group, current)));
    if (held) this.#list.querySelector(`[data-id="${CSS.escape(held)}"] a`)?.focus();
  }

  #drawGroup({ name, members }, current) {
    const items = members.map((each) => this.#drawItem(each, each.id === current));
    return make("section", {}, make("h2", {}, name), make("ul", {}, ...items));
  }

  #drawItem({ id, title, database }, isCurrent) {
    const words = title || "New conversation";
    const link = make(
      "a",
      { href: `#/c/${id}`, "aria-current": isCurrent && "page", title: database ? `${words} · ${database}` : words },
      words,
    );
    const rename = act("Rename", words, "pencil", () => this.#rename(item, id, title));
    const remove = act("Delete", words, "bin", () => this.#remove(item, id));
    const item = make("li", { "data-id": id }, link, make("span.acts", {}, rename, remove));
    link.addEventListener("keydown", (event) => {
      if (event.key === "F2") this.#rename(item, id, title);
      if (event.key === "Delete") this.#remove(item, id);
    });
    return item;
  }

  #remove(item, id) {
    const near = (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("a") ?? byId("new");
    near.focus();
    this.#deeds.remove(id);
  }

  #rename(item, id, title) {
    const field = make("input", { type: "text", "aria-label": "Title", maxlength: "120" });
    const before = [...item.childNodes];
    let open = true;
    field.value = title;
    item.replaceChildren(field);
    field.select();
    const finish = (keep) => {
      if (!open) return;
      open = false;
      const fresh = field.value.trim();
      item.replaceChildren(...before);
      before[0].focus();
      if (keep && fresh && fresh !== title) this.#deeds.rename(id, fresh);
    };
    field.addEventListener("blur", () => finish(true));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
      event.stopPropagation();
    });
  }
}

function act(deed, title, drawing, onclick) {
  const about = { type: "button", title: deed, "aria-label": `${deed} “${title}”`, onclick };
  return make("button.act", about, icon(drawing));
}

function grouped(conversations) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const groups = [
    { name: "Today", from: midnight },
    { name: "Yesterday", from: midnight - DAY_MS },
    { name: "Last seven days", from: midnight - 7 * DAY_MS },
    { name: "Older", from: -Infinity },
  ].map((group) => ({ ...group, members: [] }));
  for (const each of conversations) groups.find(({ from }) => each.updated >= from).members.push(each);
  return groups.filter(({ members }) => members.length);
}

/** The drawer that the list becomes on a narrow screen. */
export class Drawer {
  #narrow = matchMedia("(max-width: 760px)");
  #open = false;

  constructor() {
    byId("menu").addEventListener("click", () => this.#set(true));
    byId("veil").addEventListener("click", () => this.#set(false));
    byId("sidebar").addEventListener("click", (event) => event.target.closest("a") && this.#set(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open) return;
      event.preventDefault();
      this.#set(false);
    });
    this.#narrow.addEventListener("change", () => this.#set(false));
    this.#show();
  }

  #set(open) {
    const was = this.#open;
    this.#open = open && this.#narrow.matches;
    this.#show();
    if (this.#open) byId("new").focus();
    else if (was) byId("menu").focus();
  }

  #show() {
    const hidden = this.#narrow.matches && !this.#open;
    byId("sidebar").inert = hidden;
    byId("main").inert = this.#open;
    document.body.classList.toggle("drawer-open", this.#open);
    byId("menu").setAttribute("aria-expanded", String(this.#open));
  }
}

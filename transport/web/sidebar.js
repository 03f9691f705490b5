/** Conversation list: select, rename, delete. On narrow screens it is a drawer. */

import { byId, icon, make } from "./dom.js";

const DAY_MS = 86400000;

/** Renders the list; calls `handlers.rename(id, title)` and `handlers.remove(id)`. */
export class Sidebar {
  #list = byId("list");
  #handlers;
  #rendered = "";

  constructor(handlers) {
    this.#handlers = handlers;
  }

  render(conversations, current) {
    const key = JSON.stringify([conversations, current, new Date().toDateString()]);
    if (key === this.#rendered || this.#list.querySelector("input")) return;
    this.#rendered = key;
    const focusedId = document.activeElement?.closest?.("[data-id]")?.dataset.id;
    this.#list.replaceChildren(...groupByDate(conversations).map((group) => this.#renderGroup(group, current)));
    if (focusedId) this.#list.querySelector(`[data-id="${CSS.escape(focusedId)}"] a`)?.focus();
  }

  #renderGroup({ name, members }, current) {
    const items = members.map((member) => this.#renderItem(member, member.id === current));
    return make("section", {}, make("h2", {}, name), make("ul", {}, ...items));
  }

  #renderItem({ id, title, database }, isCurrent) {
    const label = title || "New conversation";
    const link = make(
      "a",
      { href: `#/c/${id}`, "aria-current": isCurrent && "page", title: database ? `${label} · ${database}` : label },
      label,
    );
    const rename = actionButton("Rename", label, "pencil", () => this.#rename(item, id, title));
    const remove = actionButton("Delete", label, "trash", () => this.#remove(item, id));
    const item = make("li", { "data-id": id }, link, make("span.actions", {}, rename, remove));
    link.addEventListener("keydown", (event) => {
      if (event.key === "F2") this.#rename(item, id, title);
      if (event.key === "Delete") this.#remove(item, id);
    });
    return item;
  }

  #remove(item, id) {
    const neighbour = (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("a") ?? byId("new");
    neighbour.focus();
    this.#handlers.remove(id);
  }

  #rename(item, id, title) {
    const field = make("input", { type: "text", "aria-label": "Title", maxlength: "120" });
    const children = [...item.childNodes];
    let open = true;
    field.value = title;
    item.replaceChildren(field);
    field.select();
    const finish = (save) => {
      if (!open) return;
      open = false;
      const newTitle = field.value.trim();
      item.replaceChildren(...children);
      children[0].focus();
      if (save && newTitle && newTitle !== title) this.#handlers.rename(id, newTitle);
    };
    field.addEventListener("blur", () => finish(true));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
      event.stopPropagation();
    });
  }
}

function actionButton(action, title, iconName, onclick) {
  const attributes = { type: "button", title: action, "aria-label": `${action} “${title}”`, onclick };
  return make("button.action", attributes, icon(iconName));
}

function groupByDate(conversations) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const groups = [
    { name: "Today", from: midnight },
    { name: "Yesterday", from: midnight - DAY_MS },
    { name: "Previous 7 days", from: midnight - 7 * DAY_MS },
    { name: "Older", from: -Infinity },
  ].map((group) => ({ ...group, members: [] }));
  for (const item of conversations) groups.find(({ from }) => item.updated >= from).members.push(item);
  return groups.filter(({ members }) => members.length);
}

/** Drawer behaviour of the list on narrow screens. */
export class Drawer {
  #narrow = matchMedia("(max-width: 760px)");
  #open = false;

  constructor() {
    byId("menu").addEventListener("click", () => this.#setOpen(true));
    byId("backdrop").addEventListener("click", () => this.#setOpen(false));
    byId("sidebar").addEventListener("click", (event) => event.target.closest("a") && this.#setOpen(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open) return;
      event.preventDefault();
      this.#setOpen(false);
    });
    this.#narrow.addEventListener("change", () => this.#setOpen(false));
    this.#update();
  }

  #setOpen(open) {
    const wasOpen = this.#open;
    this.#open = open && this.#narrow.matches;
    this.#update();
    if (this.#open) byId("new").focus();
    else if (wasOpen) byId("menu").focus();
  }

  #update() {
    const hidden = this.#narrow.matches && !this.#open;
    byId("sidebar").inert = hidden;
    byId("main").inert = this.#open;
    document.body.classList.toggle("drawer-open", this.#open);
    byId("menu").setAttribute("aria-expanded", String(this.#open));
  }
}

/** REST client. URLs are relative, so that the page also works below a path prefix. */

/** The service requires an access token. */
export class AuthenticationRequired extends Error {}

/** A request failed; the message is written for users. */
export class RequestFailed extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body, options = {}) {
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...options,
    });
  } catch {
    throw new RequestFailed(0, "The service cannot be reached.");
  }
  if (response.status === 401) throw new AuthenticationRequired();
  const content = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new RequestFailed(response.status, messageIn(content) ?? "The service could not do that.");
  return content;
}

function messageIn(content) {
  for (const message of [content?.message, content?.detail, content?.error]) {
    if (typeof message === "string" && message) return message;
  }
  return null;
}

function toConversation(thread) {
  return {
    id: thread.thread_id,
    title: thread.metadata?.title || "",
    database: thread.metadata?.database || "",
    updated: new Date(thread.updated_at ?? thread.created_at ?? Date.now()),
  };
}

const threadPath = (id) => `threads/${encodeURIComponent(id)}`;

/** List the databases. */
export async function databases() {
  return call("GET", "databases");
}

/** List the user's conversations, newest first. */
export async function conversations() {
  const threads = await call("POST", "threads/search", { limit: 100 });
  return threads.map(toConversation).sort((left, right) => right.updated - left.updated);
}

/** Create a conversation about a database and return its id. */
export async function create(database) {
  const thread = await call("POST", "threads", { metadata: { database } });
  return thread.thread_id;
}

/** Change the title of a conversation. */
export async function rename(id, title) {
  await call("PATCH", threadPath(id), { metadata: { title } });
}

/** Delete a conversation; the request outlives the page. */
export async function remove(id) {
  await call("DELETE", threadPath(id), undefined, { keepalive: true });
}

/** Find out why a socket was denied: throws `AuthenticationRequired` or `RequestFailed`, or returns if all is well. */
export async function probe(id) {
  await call("GET", `${threadPath(id)}/state`);
}

/** Log in with a token; the service sets a cookie. */
export async function login(token) {
  await call("POST", "login", { token });
}

/** Return the URL of the image of a chart event. */
export function chartUrl(id, event) {
  return new URL(`${threadPath(id)}/charts/${encodeURIComponent(event)}.svg`, document.baseURI).href;
}

/** Return the WebSocket URL of a conversation's events. */
export function eventsUrl(id) {
  const url = new URL(`${threadPath(id)}/stream/events`, document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

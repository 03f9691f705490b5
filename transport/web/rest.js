/** The plain HTTP side of the service. Addresses are relative, so the page also works below a path. */

/** The service wants a token first. */
export class TokenWanted extends Error {}

/** The service answered with something other than success; the message is a sentence for people. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

async function call(method, path, body, more = {}) {
  let answer;
  try {
    answer = await fetch(new URL(path, document.baseURI), {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...more,
    });
  } catch {
    throw new Refused(0, "The service cannot be reached.");
  }
  if (answer.status === 401) throw new TokenWanted();
  const told = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, sentenceIn(told) ?? "The service could not do that.");
  return told;
}

function sentenceIn(told) {
  for (const sentence of [told?.message, told?.detail, told?.error]) {
    if (typeof sentence === "string" && sentence) return sentence;
  }
  return null;
}

function asConversation(thread) {
  return {
    id: thread.thread_id,
    title: thread.metadata?.title || "",
    database: thread.metadata?.database || "",
    updated: new Date(thread.updated_at ?? thread.created_at ?? Date.now()),
  };
}

const thread = (id) => `threads/${encodeURIComponent(id)}`;

/** Name the databases that may be asked. */
export async function databases() {
  return call("GET", "databases");
}

/** List the asker's conversations, newest first. */
export async function conversations() {
  const threads = await call("POST", "threads/search", { limit: 100 });
  return threads.map(asConversation).sort((one, other) => other.updated - one.updated);
}

/** Begin a conversation with a database. */
export async function begin(database) {
  const made = await call("POST", "threads", { metadata: { database } });
  return made.thread_id;
}

/** Give a conversation another title. */
export async function entitle(id, title) {
  await call("PATCH", thread(id), { metadata: { title } });
}

/** Remove a conversation for good; also when the page is just being left. */
export async function remove(id) {
  await call("DELETE", thread(id), undefined, { keepalive: true });
}

/** Find out why a socket would not open: throws `TokenWanted` or `Refused`, or returns when all seems well. */
export async function probe(id) {
  await call("GET", `${thread(id)}/state`);
}

/** Show a token; the service then remembers this browser by a cookie. */
export async function login(token) {
  await call("POST", "login", { token });
}

/** Say where the picture is of a chart that came as an event. */
export function chartAddress(id, event) {
  return new URL(`${thread(id)}/charts/${encodeURIComponent(event)}.svg`, document.baseURI).href;
}

/** Say where a conversation's events come from. */
export function eventsAddress(id) {
  const address = new URL(`${thread(id)}/stream/events`, document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address;
}

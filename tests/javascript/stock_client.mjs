// Does with the stock client what a browser would; tells what it saw as one line of JSON.
import { Client } from "@langchain/langgraph-sdk";
import WebSocket from "ws";

const [address, deed] = process.argv.slice(2);
const sockets = [];

function open(url) {
  const socket = new WebSocket(url);
  sockets.push(socket);
  return socket;
}

const client = new Client({ apiUrl: address });
const { thread_id: id } = await client.threads.create();
const stream = () =>
  client.threads.stream(id, { assistantId: "querent", transport: "websocket", webSocketFactory: open });
const thread = stream();
const seen = [];
const input = { question: "Which pets are there?" };

async function words() {
  for await (const message of thread.messages) return await message.text;
}

async function record(handle, until) {
  for await (const event of handle) {
    seen.push(event.seq);
    if (until(event)) return event;
  }
}

const isOver = ({ method, params }) => method === "lifecycle" && params.data.event === "completed";

const DEEDS = {
  async ask() {
    const named = await thread.subscribe("custom:verdict");
    const said = words();
    await thread.run.start({ input });
    const output = await thread.output;
    let verdict;
    for await (verdict of named) break;
    return { words: await said, output, verdict };
  },

  async follow() {
    await thread.run.start({ input });
    const first = await thread.output;
    await thread.close();
    const again = stream();
    await again.run.start({ input: { question: "And how many?" } });
    const second = await again.output;
    await again.close();
    return { asked: [first, second].map((output) => output.question) };
  },

  async respond() {
    const done = thread.subscribe("values");
    await thread.run.start({ input });
    while (!thread.interrupted) await new Promise((go) => setTimeout(go, 10));
    const [asked] = thread.interrupts;
    await thread.input.respond({ namespace: [], interrupt_id: asked.interruptId, response: "cats" });
    for await (const values of await done) {
      const data = values?.params?.data ?? values;
      return { asked: asked.payload, answer: data.answer };
    }
  },

  async reconnect() {
    const all = ["lifecycle", "messages", "input", "values", "custom"];
    const events = await thread.subscribe({ channels: all, since: 0 });
    const over = record(events, isOver);
    await thread.run.start({ input });
    // The reply has begun and is held: from here on only a second socket can bring the rest.
    while (seen.length < 10) await new Promise((go) => setTimeout(go, 10));
    sockets[0].terminate();
    while (sockets.length < 2) await new Promise((go) => setTimeout(go, 10));
    await client.threads.update(id, { metadata: { title: "go on" } });
    await over;
    return { seen, sockets: sockets.length };
  },
};

const told = await DEEDS[deed]();
console.log(JSON.stringify(told));
await thread.close();
process.exit(0);

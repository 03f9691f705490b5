// Ask a question with LangGraph's stock JavaScript SDK: node ask.mjs ADDRESS QUESTION
// Needs the packages @langchain/langgraph-sdk and ws (Node.js before 22 has no WebSocket of its own).
import { Client } from "@langchain/langgraph-sdk";
import WebSocket from "ws";

const [address, question] = process.argv.slice(2);
const client = new Client({ apiUrl: address });
const { thread_id: threadId } = await client.threads.create();
const stream = client.threads.stream(threadId, {
  assistantId: "data",
  transport: "websocket",
  webSocketFactory: (url) => new WebSocket(url),
});

await stream.run.start({ input: { question } });
const { answer, sql } = await stream.output;
console.log(JSON.stringify({ answer, sql }));
await stream.close();
process.exit(0);

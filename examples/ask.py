"""Ask a question with LangGraph's stock Python SDK: ask.py QUESTION [ADDRESS]."""

import asyncio
import sys

from langgraph_sdk import get_client

ADDRESS = "http://127.0.0.1:8765"


async def ask(question: str, address: str = ADDRESS) -> None:
    """Start a run in a new conversation, wait for its output, and print the answer with its SQL."""
    async with get_client(url=address) as client:
        thread = await client.threads.create()
        async with client.threads.stream(thread["thread_id"], assistant_id="data") as stream:
            await stream.run.start(input={"question": question})
            output = await stream.output
    print(output["answer"])
    print(output["sql"])


if __name__ == "__main__":
    asyncio.run(ask(*sys.argv[1:]))

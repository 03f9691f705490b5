"""Ask a question over a bare WebSocket, without an SDK: raw_websocket.py QUESTION [ADDRESS].

The connection is closed on purpose in the middle of the run and opened again: `since` replays the rest.
"""

import asyncio
import json
import sys
import urllib.request
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

ADDRESS = "http://127.0.0.1:8765"
SUBSCRIBE = "subscription.subscribe"


def create_thread(address: str) -> str:
    """Create a conversation over REST and return its id."""
    request = urllib.request.Request(
        f"{address}/threads", data=b"{}", headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return str(json.load(response)["thread_id"])


async def send(socket: ClientConnection, id: int, method: str, **params: Any) -> None:
    """Send one command."""
    await socket.send(json.dumps({"id": id, "method": method, "params": params}))


async def ask(question: str, address: str = ADDRESS) -> None:
    """Start a run, drop the connection after the first event, resume, and print the answer."""
    thread = create_thread(address)
    url = f"{address.replace('http', 'ws', 1)}/threads/{thread}/stream/events"
    async with connect(url) as socket:
        await send(socket, 1, SUBSCRIBE, channels=["*"], since=0)
        await send(socket, 2, "run.start", assistant_id="data", input={"question": question})
        last_seq = 0
        async for message in socket:
            frame = json.loads(message)
            if "seq" in frame:
                last_seq = frame["seq"]
                break
    async with connect(url) as socket:
        await send(socket, 1, SUBSCRIBE, channels=["values"], since=last_seq)
        async for message in socket:
            frame = json.loads(message)
            if frame.get("method") == "values":
                print(frame["params"]["data"]["answer"])
                return


if __name__ == "__main__":
    asyncio.run(ask(*sys.argv[1:]))

"""Stub model of the benchmark in its own process: replies at once, with 40 tokens.

python -m benchmarks.stub_model      prints its base URL and serves until its standard input ends
"""

import asyncio
import sys
from typing import Any

from tests.fixtures.llm.form_filler import fill_form
from tests.fixtures.llm.stub_server import Reply, run_stub_server

TOKENS = [f" word{nth}" for nth in range(40)]
FIELDS = {
    "kind": "data",
    "question": "How many orders are there of each status?",
    "sql": "SELECT status, count(*) AS orders FROM orders GROUP BY status ORDER BY status",
    "reading": "how many orders there are of each status",
    "confidence": 0.9,
}


def answer_request(body: dict[str, Any]) -> Reply:
    """Return the same reply for every request of a kind."""
    return fill_form(body, FIELDS) or Reply(TOKENS)


async def main() -> None:
    """Serve until standard input is closed."""
    async with run_stub_server(answer_request) as stub:
        print(stub.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

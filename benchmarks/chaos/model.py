"""Stub language model of the chaos benchmark: counts pets and gives long answers."""

from typing import Any

from tests.fixtures.llm.form_filler import fill_form
from tests.fixtures.llm.stub_server import Reply, text_reply

ANSWER = " ".join(["So many pets are called by that name, as the register says."] * 4)


def answer_request(body: dict[str, Any]) -> Reply:
    """Reply with the same plan and query for every question."""
    name = str(body["messages"][-1]["content"]).rsplit("called ", 1)[-1].split("?")[0][:20]
    fields = {
        "kind": "data",
        "question": f"How many pets are called {name}?",
        "sql": f"SELECT count(*) AS pets FROM pets WHERE name <> '{name}'",
        "reading": "how many pets have that name",
        "confidence": 0.9,
    }
    return fill_form(body, fields) or text_reply(ANSWER)

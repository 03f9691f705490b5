"""The language model of the chaos: fills in any form it is given, and words every answer at length."""

import json
from typing import Any

from tests.stub_model import Reply, words

ANSWER = " ".join(["So many pets are called by that name, as the register says."] * 4)


def think(body: dict[str, Any]) -> Reply:
    """Answer a request as a model would that always finds the same."""
    form = body.get("response_format", {}).get("json_schema", {}).get("schema")
    if form is None:
        return words(ANSWER)
    question = str(body["messages"][-1]["content"])
    name = question.rsplit("called ", 1)[-1].split("?", maxsplit=1)[0][:20]
    known = {
        "kind": "data",
        "question": f"How many pets are called {name}?",
        "sql": f"SELECT count(*) AS pets FROM pets WHERE name <> '{name}'",
        "reading": "how many pets have that name",
        "confidence": 0.9,
    }
    return Reply([json.dumps(_filled(form, form, known))])


def _filled(schema: dict[str, Any], whole: dict[str, Any], known: dict[str, Any]) -> Any:
    """The smallest thing that the schema allows, with what is known put in."""
    if "$ref" in schema:
        return _filled(whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]], whole, known)
    if "anyOf" in schema:
        return _filled(schema["anyOf"][-1], whole, known)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: known.get(name, _filled(field, whole, known)) for name, field in fields.items()}
        case "array":
            return []
        case "number" | "integer":
            return 0
        case "boolean":
            return False
        case "null":
            return None
    return schema["enum"][0] if "enum" in schema else ""

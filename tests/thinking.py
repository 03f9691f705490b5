"""A language model's part for a stub: fills in any form that it is given."""

import json
from collections.abc import Mapping
from typing import Any

from tests.stub_model import Reply


def filled_in(body: Mapping[str, Any], known: Mapping[str, Any]) -> Reply | None:
    """Fill in the form of a request with what is known; None when it asks for words."""
    form = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return None if form is None else Reply([json.dumps(_filled(form, form, known))])


def _filled(schema: dict[str, Any], whole: dict[str, Any], known: Mapping[str, Any]) -> Any:
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

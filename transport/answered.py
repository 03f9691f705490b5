"""A turn put together from its events, for who wants it whole."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ENDINGS = frozenset({"completed", "failed", "interrupted"})


@dataclass
class Answered:
    """One question and what came of it. `rows` are arrays in the order of `columns`."""

    conversation: str
    question: str
    run: str | None = None
    answer: str = ""
    outcome: str | None = None
    sql: str | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False
    evidence: dict[str, Any] | None = None
    suggestions: list[str] = field(default_factory=list)
    interrupt: dict[str, Any] | None = None
    error: dict[str, str] | None = None

    def hear(self, event: Mapping[str, Any]) -> bool:
        """Take one event of the wire in. True when it was the last."""
        data = event["params"]["data"]
        match event["method"]:
            case "custom":
                self._learn(data["name"], data["payload"])
            case "messages":
                self.answer += data.get("delta", {}).get("text", "")
            case "input.requested":
                self.interrupt = {"id": data["interrupt_id"], **data["payload"]}
            case "values":
                self.answer, self.outcome = data["answer"], data["outcome"]
            case "lifecycle":
                return self._live(data)
        return False

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON carries it."""
        return asdict(self)

    def _learn(self, name: str, payload: dict[str, Any]) -> None:
        match name:
            case "asked":
                self.run = payload["run_id"]
            case "verdict" if payload["approved"]:
                self.sql = payload["sql"]
            case "rows":
                self.columns = [column["name"] for column in payload["columns"]]
                self.rows = [*self.rows[: payload["offset"]], *payload["rows"]]
                self.truncated = payload["truncated"]
            case "evidence":
                self.evidence = payload
            case "suggestions":
                self.suggestions = payload["questions"]

    def _live(self, data: Mapping[str, Any]) -> bool:
        status = data.get("status", data["event"])
        if status == "recovered":
            # Somebody else does the turn again: what was said so far is said anew.
            self.answer, self.rows = "", []
        if data["event"] == "failed":
            self.outcome = "cancelled" if status == "cancelled" else "failed"
            self.error = {"code": str(data.get("code", status)), "message": str(data.get("error", ""))}
        elif data["event"] == "interrupted":
            self.outcome = "waiting"
        return data["event"] in ENDINGS

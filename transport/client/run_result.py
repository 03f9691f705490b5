"""What the events of a run add up to, for who wants an answer and not a story."""

from dataclasses import dataclass, field
from typing import Any

ANSWERED = frozenset({"answered", "empty", "described", "chatted"})


@dataclass
class Answer:
    """One question's answer while it comes in. `rows` are arrays, in the order of `columns`."""

    conversation: str
    question: str
    run: str | None = None
    answer: str | None = None
    sql: str | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False
    outcome: str | None = None
    evidence: dict[str, Any] | None = None
    chart: dict[str, Any] | None = None
    suggestions: list[str] = field(default_factory=list)
    interrupt: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def is_one(self) -> bool:
        """Was the question answered?"""
        return self.outcome in ANSWERED

    def take(self, event: dict[str, Any]) -> None:
        """Take an event of the wire, in its turn."""
        data = event["params"]["data"]
        match event["method"]:
            case "lifecycle":
                self._live(data)
            case "custom":
                self._learn(data["name"], data["payload"])
            case "values":
                self.answer, self.outcome = data["answer"], data["outcome"]
                self.sql = self.sql or data["sql"]
                self.columns = self.columns or list(data["columns"])
            case "input.requested":
                self.interrupt = {"interrupt_id": data["interrupt_id"], **data["payload"]}

    def _live(self, data: dict[str, Any]) -> None:
        self.run = data["run_id"]
        if data["status"] in ("running", "recovered"):
            self.interrupt = None
        elif data["status"] in ("failed", "cancelled", "interrupted"):
            self.outcome = data["status"]
        if data["event"] == "failed":
            self.error = {"code": data.get("code"), "message": data.get("error")}

    def _learn(self, name: str, payload: dict[str, Any]) -> None:
        match name:
            case "rows":
                before = self.rows if payload["offset"] else []
                self.chart = self.chart if payload["offset"] else None
                self.rows = [*before, *payload["rows"]]
                self.columns = [column["name"] for column in payload["columns"]]
                self.truncated = payload["truncated"]
            case "chart":
                self.chart = payload["spec"]
            case "verdict" if payload["approved"]:
                self.sql = payload["sql"]
            case "evidence":
                self.evidence = payload
                self.sql = payload["sql"]
            case "suggestions":
                self.suggestions = payload["questions"]

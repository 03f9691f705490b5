"""Fold the events of a run into one result."""

from dataclasses import dataclass, field
from typing import Any

ANSWERED_OUTCOMES = frozenset({"answered", "empty", "schema_answer", "small_talk"})


@dataclass
class RunResult:
    """Result of one question, built up event by event. `rows` are arrays in the order of `columns`."""

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
    def is_answered(self) -> bool:
        """Whether the question was answered."""
        return self.outcome in ANSWERED_OUTCOMES

    def apply(self, event: dict[str, Any]) -> None:
        """Apply the next event of the run."""
        data = event["params"]["data"]
        match event["method"]:
            case "lifecycle":
                self._apply_lifecycle(data)
            case "custom":
                self._apply_custom(data["name"], data["payload"])
            case "values":
                self.answer, self.outcome = data["answer"], data["outcome"]
                self.sql = self.sql or data["sql"]
                self.columns = self.columns or list(data["columns"])
            case "input.requested":
                self.interrupt = {"interrupt_id": data["interrupt_id"], **data["payload"]}

    def _apply_lifecycle(self, data: dict[str, Any]) -> None:
        self.run = data["run_id"]
        if data["status"] in ("running", "recovered"):
            self.interrupt = None
        elif data["status"] in ("failed", "cancelled", "interrupted"):
            self.outcome = data["status"]
        if data["event"] == "failed":
            self.error = {"code": data.get("code"), "message": data.get("error")}

    def _apply_custom(self, name: str, payload: dict[str, Any]) -> None:
        match name:
            case "rows":
                previous = self.rows if payload["offset"] else []
                self.chart = self.chart if payload["offset"] else None
                self.rows = [*previous, *payload["rows"]]
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

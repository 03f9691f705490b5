"""Reports of an evaluation suite: HTML (one page without scripts, fonts or network), JSON and text."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

from graph.evaluation.suite_runner import CaseResult, SuiteResult, TurnResult
from transport.cli.runtime import UsageError

MAX_ROWS = 10
TEMPLATE = Path(__file__).with_name("suite_report.html")


def check_report_path(path: Path | None) -> None:
    """Check the path of a report before an hour of questions. Raises `UsageError`."""
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(f"{path} cannot be written: the folder does not exist.")


def write_report(result: SuiteResult, analyst: str, path: Path) -> None:
    """Write the HTML report. Raises `UsageError`."""
    try:
        path.write_text(render_report(result, analyst, datetime.now()), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def render_report(result: SuiteResult, analyst: str, created_at: datetime) -> str:
    """Render the HTML report; failed cases come first and are expanded."""
    turns = [turn for case in result.cases for turn in case.turns]
    passed = sum(case.passed for case in result.cases)
    cases = sorted(result.cases, key=lambda case: case.passed)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=escape(result.suite.name),
        created_at=f"{created_at:%Y-%m-%d %H:%M}",
        analyst=escape(analyst),
        passed=passed,
        total=len(result.cases),
        percent=round(100 * passed / len(result.cases), 2),
        turns=len(turns),
        median=round(median(turn.reply.turn_ms for turn in turns)),
        seconds=result.seconds,
        cases="\n".join(map(_render_case, cases)),
    )


def _render_case(case: CaseResult) -> str:
    mark, attributes = ("✓", ' class="passed"') if case.passed else ("✗", ' class="failed" open')
    turns = "\n".join(part for turn in case.turns for part in _render_turn(turn))
    return (
        f'<details{attributes}><summary><span class="mark">{mark}</span><b>{escape(case.case.name)}</b>'
        f'<span class="dim">{escape(case.database)}</span></summary>\n{turns}\n</details>'
    )


def _render_turn(turn: TurnResult) -> Iterator[str]:
    reply, expected = turn.reply, turn.turn.expected
    yield '<div class="turn">'
    yield f"<p><b>{escape(turn.turn.question)}</b></p>"
    if turn.failure:
        yield f'<p class="failure">{escape(turn.failure)}</p>'
    if reply.words:
        yield f"<p>{escape(reply.words)}</p>"
    yield '<div class="pair">'
    yield (
        f"<div><h3>expected</h3>{_render_sql(expected.sql)}{_render_rows(turn.expected_rows)}"
        f"{_render_outcome(expected.outcome)}</div>"
    )
    yield (
        f"<div><h3>actual</h3>{_render_sql(reply.sql)}{_render_rows(reply.rows)}"
        f"{_render_outcome(reply.outcome)}</div>"
    )
    yield f'</div><p class="dim">{reply.turn_ms:.0f} ms, confidence {reply.confidence:.2f}</p></div>'


def _render_sql(sql: str | None) -> str:
    return f"<pre>{escape(sql)}</pre>" if sql else ""


def _render_outcome(outcome: str | None) -> str:
    return f'<p class="dim">outcome: {escape(outcome)}</p>' if outcome else ""


def _render_rows(rows: Sequence[Sequence[Any]] | None) -> str:
    if rows is None:
        return ""
    lines = "".join(
        f"<tr>{''.join(f'<td>{_render_value(value)}</td>' for value in row)}</tr>" for row in rows[:MAX_ROWS]
    )
    remaining = len(rows) - MAX_ROWS
    more = f'<p class="dim">and {remaining:,} more rows</p>' if remaining > 0 else ""
    return f'<div class="rows"><table>{lines}</table></div>{more or _render_count(len(rows))}'


def _render_count(rows: int) -> str:
    return f'<p class="dim">{rows} row{"" if rows == 1 else "s"}</p>'


def _render_value(value: Any) -> str:
    return '<span class="dim">null</span>' if value is None else escape(str(value))


def suite_as_text(result: SuiteResult) -> Iterator[str]:
    """List the failures of a suite and the number of passed cases."""
    for case in result.cases:
        if not case.passed:
            yield f"✗ {case.case.name}  ({case.database})"
        for turn in case.turns:
            if turn.failure:
                yield f"    {turn.turn.question}"
                yield f"    {turn.failure}"
                yield f"    generated {turn.reply.sql or 'no query'}"
    passed = sum(case.passed for case in result.cases)
    yield f"{passed} of {len(result.cases)} cases passed, in {result.seconds:.1f} s"


def suite_as_json(result: SuiteResult) -> dict[str, Any]:
    """Serialize the result of a suite."""
    return {
        "name": result.suite.name,
        "passed": sum(case.passed for case in result.cases),
        "failed": sum(not case.passed for case in result.cases),
        "seconds": result.seconds,
        "cases": [_case_as_json(case) for case in result.cases],
    }


def _case_as_json(case: CaseResult) -> dict[str, Any]:
    return {
        "name": case.case.name,
        "database": case.database,
        "passed": case.passed,
        "turns": [
            {
                "question": turn.turn.question,
                "passed": turn.passed,
                "failure": turn.failure,
                "outcome": turn.reply.outcome,
                "sql": turn.reply.sql,
                "expected_sql": turn.turn.expected.sql,
                "confidence": turn.reply.confidence,
                "ms": round(turn.reply.ms, 2),
            }
            for turn in case.turns
        ],
    }

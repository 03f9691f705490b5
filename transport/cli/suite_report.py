"""The report of a suite as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

from graph.evaluation.suite_runner import CaseResult, SuiteResult, TurnResult

MOST_ROWS = 10
PAGE = Path(__file__).with_name("suite_report.html")


def write_report(result: SuiteResult, analyst: str, when: datetime) -> str:
    """Give the page; what failed comes first and stands open."""
    turns = [turn for case in result.cases for turn in case.turns]
    passed = sum(case.passed for case in result.cases)
    cases = sorted(result.cases, key=lambda case: case.passed)
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        name=escape(result.suite.name),
        when=f"{when:%Y-%m-%d %H:%M}",
        analyst=escape(analyst),
        passed=passed,
        total=len(result.cases),
        percent=round(100 * passed / len(result.cases), 2),
        turns=len(turns),
        median=round(median(turn.reply.turn_ms for turn in turns)),
        seconds=result.seconds,
        cases="\n".join(map(_case, cases)),
    )


def _case(case: CaseResult) -> str:
    mark, state = ("✓", ' class="passed"') if case.passed else ("✗", ' class="failed" open')
    turns = "\n".join(part for turn in case.turns for part in _turn(turn))
    return (
        f'<details{state}><summary><span class="mark">{mark}</span><b>{escape(case.case.name)}</b>'
        f'<span class="dim">{escape(case.database)}</span></summary>\n{turns}\n</details>'
    )


def _turn(turn: TurnResult) -> Iterator[str]:
    reply, expected = turn.reply, turn.turn.expected
    yield '<div class="turn">'
    yield f"<p><b>{escape(turn.turn.question)}</b></p>"
    if turn.why:
        yield f'<p class="why">{escape(turn.why)}</p>'
    if reply.words:
        yield f"<p>{escape(reply.words)}</p>"
    yield '<div class="pair">'
    yield f"<div><h3>expected</h3>{_query(expected.sql)}{_rows(turn.wanted)}{_ending(expected.outcome)}</div>"
    yield f"<div><h3>came</h3>{_query(reply.sql)}{_rows(reply.rows)}{_ending(reply.outcome)}</div>"
    yield f'</div><p class="dim">{reply.turn_ms:.0f} ms, confidence {reply.confidence:.2f}</p></div>'


def _query(sql: str | None) -> str:
    return f"<pre>{escape(sql)}</pre>" if sql else ""


def _ending(outcome: str | None) -> str:
    return f'<p class="dim">ending: {escape(outcome)}</p>' if outcome else ""


def _rows(rows: Sequence[Sequence[Any]] | None) -> str:
    if rows is None:
        return ""
    lines = "".join(
        f"<tr>{''.join(f'<td>{_value(value)}</td>' for value in row)}</tr>" for row in rows[:MOST_ROWS]
    )
    more = f'<p class="dim">and {len(rows) - MOST_ROWS:,} more rows</p>' if len(rows) > MOST_ROWS else ""
    return f'<div class="rows"><table>{lines}</table></div>{more or _count(len(rows))}'


def _count(rows: int) -> str:
    return f'<p class="dim">{rows} row{"" if rows == 1 else "s"}</p>'


def _value(value: Any) -> str:
    return '<span class="dim">null</span>' if value is None else escape(str(value))

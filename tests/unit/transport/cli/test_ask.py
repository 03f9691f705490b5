import io
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from agent.charts.selection import choose_chart
from tests.fixtures.scripted_analyst import make_rows
from transport.cli.ask import NO_CHART, address_of, check_chart_path, print_result, save_chart
from transport.cli.runtime import UsageError
from transport.client.client import RunResult
from transport.settings import ServerSettings


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("desk.example", "http://desk.example:8000"),
    ],
)
def test_a_server_is_looked_for_where_it_listens(host: str, address: str) -> None:
    assert address_of(ServerSettings.model_validate({"host": host, "port": 8000})) == address


def shown(answer: RunResult) -> str:
    out = io.StringIO()
    print_result(answer, Console(file=out, width=60))
    return out.getvalue()


def test_an_answer_is_shown_with_its_rows_and_its_query() -> None:
    answer = RunResult("c", "Which?", answer="Two [bold] pets.", sql="SELECT name FROM pets")
    answer.columns, answer.rows = ["name"], [["Rex"], [None]]
    text = shown(answer)
    assert "Two [bold] pets." in text
    assert "Rex" in text
    assert "None" not in text
    assert "SELECT name FROM pets" in text
    assert "--conversation c" in text


def test_long_results_are_cut_off_and_said_to_be() -> None:
    answer = RunResult("c", "Which?", columns=["n"], rows=[[n] for n in range(50)])
    assert "and 30 more" in shown(answer)


def test_what_was_asked_back_is_shown_with_its_choices() -> None:
    interrupt = {"interrupt_id": "i", "kind": "clarify", "question": "Which?", "choices": ["cats", "dogs"]}
    text = shown(RunResult("c", "Pets?", interrupt=interrupt))
    assert "Which?" in text
    assert "• dogs" in text


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_chart_is_written(tmp_path: Path) -> None:
    chart = choose_chart(make_rows(["city", "n"], [("a", 1), ("b", 2)]), "by city")
    assert chart is not None
    await save_chart(RunResult("c", "q", chart=chart.spec), tmp_path / "out.SVG", Console(file=StringIO()))
    assert (tmp_path / "out.SVG").read_text(encoding="utf-8").startswith("<svg")


async def test_an_answer_without_a_chart_says_so(tmp_path: Path) -> None:
    said = StringIO()
    await save_chart(RunResult("c", "q"), tmp_path / "out.png", Console(file=said))
    assert said.getvalue().strip() == NO_CHART
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["out.gif", "out", "nowhere/out.svg"])
def test_what_could_not_be_written_is_said_before(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        check_chart_path(tmp_path / name)

"""An answer drawn into a file."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from agent.charts.choosing import choose_chart
from tests.fakes import rows_of
from transport.answer import Answer
from transport.commands.charting import NO_CHART, check_chart, save_chart
from transport.commands.setting_up import Unusable


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_chart_is_written(tmp_path: Path) -> None:
    chart = choose_chart(rows_of(["city", "n"], [("a", 1), ("b", 2)]), "by city")
    assert chart is not None
    await save_chart(Answer("c", "q", chart=chart.spec), tmp_path / "out.SVG", Console(file=StringIO()))
    assert (tmp_path / "out.SVG").read_text(encoding="utf-8").startswith("<svg")


async def test_an_answer_without_a_chart_says_so(tmp_path: Path) -> None:
    said = StringIO()
    await save_chart(Answer("c", "q"), tmp_path / "out.png", Console(file=said))
    assert said.getvalue().strip() == NO_CHART
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["out.gif", "out", "nowhere/out.svg"])
def test_what_could_not_be_written_is_said_before(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unusable):
        check_chart(tmp_path / name)

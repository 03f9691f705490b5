"""Prices are read from a file, and what is wrong with it is said."""

from pathlib import Path

import pytest

from agent.analyst import Usage
from agent.prices import Price, read_prices


def test_prices_are_for_a_million_tokens() -> None:
    assert Price(input=0.5, output=2).of(Usage(2_000_000, 500_000)) == 2.0


def test_cached_tokens_cost_as_others_unless_it_is_said() -> None:
    usage = Usage(1_000_000, 0, cached_tokens=1_000_000)
    assert Price(input=1, output=0).of(usage) == 1.0
    assert Price(input=1, output=0, cached=0.1).of(usage) == pytest.approx(0.1)


def test_a_file_names_models_and_their_prices(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"large": {"input": 2, "output": 8, "cached": 0.5}}', encoding="utf-8")
    assert read_prices(path) == {"large": Price(input=2, output=8, cached=0.5)}
    assert read_prices(None) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"large": {"input": -1, "output": 1}}', "large.input"),
        ('{"large": {"input": 1}}', "large.output"),
        ("nonsense", "not as they should be"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_prices(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_prices(tmp_path / "none.json")

import io

import pytest
from rich.console import Console

from graph.settings import Settings
from transport.answer import Answer
from transport.commands.asking import address_of, show


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
    assert address_of(Settings.model_validate({"host": host, "port": 8000})) == address


def shown(answer: Answer) -> str:
    out = io.StringIO()
    show(answer, Console(file=out, width=60))
    return out.getvalue()


def test_an_answer_is_shown_with_its_rows_and_its_query() -> None:
    answer = Answer("c", "Which?", answer="Two [bold] pets.", sql="SELECT name FROM pets")
    answer.columns, answer.rows = ["name"], [["Rex"], [None]]
    text = shown(answer)
    assert "Two [bold] pets." in text
    assert "Rex" in text
    assert "None" not in text
    assert "SELECT name FROM pets" in text
    assert "--conversation c" in text


def test_long_results_are_cut_off_and_said_to_be() -> None:
    answer = Answer("c", "Which?", columns=["n"], rows=[[n] for n in range(50)])
    assert "and 30 more" in shown(answer)


def test_what_was_asked_back_is_shown_with_its_choices() -> None:
    interrupt = {"interrupt_id": "i", "kind": "clarify", "question": "Which?", "choices": ["cats", "dogs"]}
    text = shown(Answer("c", "Pets?", interrupt=interrupt))
    assert "Which?" in text
    assert "• dogs" in text

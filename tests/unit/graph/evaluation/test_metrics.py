from dataclasses import replace

from graph.evaluation.datasets import Known
from graph.evaluation.metrics import figures_of, prediction_of, share_of
from graph.evaluation.runner import Scored
from graph.evaluation.session import Reply

REPLY = Reply("answered", "Four.", "SELECT 4", ((4,),), 0.9, "builtin", 1, 2.0, 5.0, 10, 3)
RIGHT = Scored(Known("q", "How many?", "SELECT 4"), "pets", "easy", REPLY, right=True, known_runs=True)
WRONG = replace(RIGHT, reply=replace(REPLY, confidence=0.4), right=False, hardness="hard")
SILENT = replace(
    RIGHT,
    reply=replace(REPLY, outcome="unclear", sql=None, rows=None, confidence=0.0),
    right=False,
    known_runs=False,
)


def test_what_was_not_answered_is_not_right_but_not_wrong_either() -> None:
    share = share_of([RIGHT, RIGHT, WRONG, SILENT])
    assert (share.of_all, share.coverage, share.of_answered) == (0.5, 0.75, 0.6667)


def test_what_was_answered_with_less_confidence_counts_as_not_answered() -> None:
    share = share_of([RIGHT, WRONG], at_least=0.5)
    assert (share.of_all, share.coverage, share.of_answered) == (0.5, 0.5, 1.0)


def test_nothing_answered_is_no_division_by_zero() -> None:
    assert share_of([SILENT]).of_answered == 0.0
    assert figures_of([])["ms"] == {"median": 0.0, "p99": 0.0}


def test_figures_are_told_apart_by_hardness_and_ending() -> None:
    figures = figures_of([[RIGHT], [WRONG], [SILENT]])
    assert figures["by_hardness"]["easy"]["questions"] == 2
    assert figures["by_hardness"]["hard"]["of_all"] == 0.0
    assert "extra" not in figures["by_hardness"]
    assert figures["outcomes"] == {"answered": 2, "unclear": 1}
    assert figures["known_query_does_not_run"] == 1
    assert figures["tokens"] == {"input": 30, "output": 9}
    assert figures["money"] is None
    assert figures_of([[replace(RIGHT, reply=replace(REPLY, money=0.5))], [RIGHT]])["money"] == 0.5
    assert "dialogues" not in figures


def test_a_dialogue_is_right_when_all_its_turns_are() -> None:
    figures = figures_of([[RIGHT, RIGHT], [RIGHT, WRONG]])
    assert figures["dialogues"] == {"dialogues": 2, "all_turns_right": 1, "of_all": 0.5}


def test_what_would_have_been_guessed_rightly_is_told_apart() -> None:
    asked_back = replace(SILENT, guess=replace(REPLY, confidence=0.4), guess_right=True)
    figures = figures_of([[RIGHT], [asked_back]])
    assert (figures["of_all"], figures["guessing"]["of_all"]) == (0.5, 1.0)
    assert prediction_of(asked_back) == {
        "id": "q", "sql": None, "confidence": 0.4, "ms": 2.0, "guess": "SELECT 4",
    }  # fmt: skip


def test_a_prediction_has_no_query_where_nothing_was_answered() -> None:
    assert prediction_of(RIGHT) == {"id": "q", "sql": "SELECT 4", "confidence": 0.9, "ms": 2.0}
    assert prediction_of(SILENT)["sql"] is None

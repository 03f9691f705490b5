from dataclasses import replace

from graph.evaluation.datasets import GoldQuestion
from graph.evaluation.metrics import answer_rates, compute_metrics, prediction_record
from graph.evaluation.runner import ScoredQuestion
from graph.evaluation.session import Reply

REPLY = Reply("answered", "Four.", "SELECT 4", ((4,),), 0.9, "builtin", 1, 2.0, 5.0, 10, 3)
RIGHT = ScoredQuestion(
    GoldQuestion("q", "How many?", "SELECT 4"), "pets", "easy", REPLY, correct=True, gold_runs=True
)
WRONG = replace(RIGHT, reply=replace(REPLY, confidence=0.4), correct=False, hardness="hard")
SILENT = replace(
    RIGHT,
    reply=replace(REPLY, outcome="unclear", sql=None, rows=None, confidence=0.0),
    correct=False,
    gold_runs=False,
)


def test_what_was_not_answered_is_not_right_but_not_wrong_either() -> None:
    share = answer_rates([RIGHT, RIGHT, WRONG, SILENT])
    assert (share.accuracy, share.coverage, share.precision) == (0.5, 0.75, 0.6667)


def test_what_was_answered_with_less_confidence_counts_as_not_answered() -> None:
    share = answer_rates([RIGHT, WRONG], threshold=0.5)
    assert (share.accuracy, share.coverage, share.precision) == (0.5, 0.5, 1.0)


def test_nothing_answered_is_no_division_by_zero() -> None:
    assert answer_rates([SILENT]).precision == 0.0
    assert compute_metrics([])["ms"] == {"median": 0.0, "p99": 0.0}


def test_figures_are_told_apart_by_hardness_and_ending() -> None:
    figures = compute_metrics([[RIGHT], [WRONG], [SILENT]])
    assert figures["by_hardness"]["easy"]["questions"] == 2
    assert figures["by_hardness"]["hard"]["accuracy"] == 0.0
    assert "extra" not in figures["by_hardness"]
    assert figures["outcomes"] == {"answered": 2, "unclear": 1}
    assert figures["failed_gold_queries"] == 1
    assert figures["tokens"] == {"input": 30, "output": 9}
    assert figures["cost"] is None
    assert compute_metrics([[replace(RIGHT, reply=replace(REPLY, cost=0.5))], [RIGHT]])["cost"] == 0.5
    assert "dialogues" not in figures


def test_a_dialogue_is_right_when_all_its_turns_are() -> None:
    figures = compute_metrics([[RIGHT, RIGHT], [RIGHT, WRONG]])
    assert figures["dialogues"] == {"dialogues": 2, "all_turns_correct": 1, "accuracy": 0.5}


def test_what_would_have_been_guessed_rightly_is_told_apart() -> None:
    asked_back = replace(SILENT, guess=replace(REPLY, confidence=0.4), guess_correct=True)
    figures = compute_metrics([[RIGHT], [asked_back]])
    assert (figures["accuracy"], figures["with_guesses"]["accuracy"]) == (0.5, 1.0)
    assert prediction_record(asked_back) == {
        "id": "q", "sql": None, "confidence": 0.4, "ms": 2.0, "guess": "SELECT 4",
    }  # fmt: skip


def test_a_prediction_has_no_query_where_nothing_was_answered() -> None:
    assert prediction_record(RIGHT) == {"id": "q", "sql": "SELECT 4", "confidence": 0.9, "ms": 2.0}
    assert prediction_record(SILENT)["sql"] is None

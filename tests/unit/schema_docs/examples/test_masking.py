import pytest

from schema_docs.examples.masking import (
    extract_skeleton,
    jaccard,
    mask,
    parse_sql,
    question_lemmas,
    string_literals,
)


@pytest.mark.parametrize(
    ("question", "masked"),
    [
        ("How many people live in Berlin?", "How many people live in value ?"),
        ("orders over 100.50 since 2024-01-01", "orders over number since number"),
        ('Is "New Berlin" in Berlin?', "Is value in value ?"),
        ("Berliners in berlins", "Berliners in value"),
    ],
)
def test_values_and_numbers_are_masked(question: str, masked: str) -> None:
    assert mask(question, ["Berlin", " "]) == masked


def test_words_of_form_count_and_plurals_are_one() -> None:
    assert question_lemmas("How many Pets?") == question_lemmas("how many pet")


def test_a_query_is_known_by_its_form() -> None:
    one = extract_skeleton("SELECT count(*) FROM pets WHERE name = 'Rex'", "sqlite")
    same = extract_skeleton('select count(*) from "the owners" as o where o.age = 5', "sqlite")
    other = extract_skeleton("SELECT name FROM pets ORDER BY age DESC LIMIT 1", "sqlite")
    assert jaccard(one, one) == 1
    assert jaccard(one, same) > 2 * jaccard(one, other)


def test_texts_are_those_a_query_compares_with() -> None:
    assert string_literals("SELECT 1 FROM t WHERE a = 'x y' AND b LIKE '%z%' AND c = 5", "sqlite") == (
        "x y",
        "z",
    )


def test_what_cannot_be_read_has_no_form() -> None:
    assert parse_sql("SELECT (", "sqlite") is None
    assert string_literals("SELECT (", "sqlite") == ()
    assert jaccard(extract_skeleton("'", "sqlite"), extract_skeleton("SELECT 1", "sqlite")) == 0

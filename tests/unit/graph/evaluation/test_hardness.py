import pytest

from graph.evaluation.hardness import Hardness, hardness_of

# As in the paper's own examples, and around the borders that its evaluation script draws.
CASES: list[tuple[str, Hardness]] = [
    ("SELECT count(*) FROM cars WHERE cylinders > 4", "easy"),
    ("SELECT name, country FROM singers", "medium"),
    ("SELECT t2.name, count(*) FROM a AS t1 JOIN b AS t2 ON t1.id = t2.id GROUP BY t1.id", "medium"),
    (
        "SELECT t1.name FROM c AS t1 JOIN d AS t2 ON t1.id = t2.id WHERE t2.name = 'x' "
        "GROUP BY t1.name HAVING count(*) >= 3",
        "hard",
    ),
    ("SELECT name FROM a WHERE id NOT IN (SELECT id FROM b)", "hard"),
    ("SELECT avg(age) FROM a WHERE name NOT IN (SELECT n FROM b JOIN c ON b.x = c.x WHERE y = 1)", "hard"),
    ("SELECT name FROM a JOIN b ON a.x = b.x WHERE y = 1 AND z IN (SELECT z FROM c)", "extra"),
    ("SELEC name FRM ((", "extra"),
    ("DROP TABLE a", "extra"),
]


@pytest.mark.parametrize(("sql", "hardness"), CASES)
def test_a_query_is_as_hard_as_its_parts(sql: str, hardness: Hardness) -> None:
    assert hardness_of(sql, "sqlite") == hardness


def test_what_is_nested_counts_once_and_not_for_its_parts() -> None:
    nested = "SELECT name FROM a WHERE id IN (SELECT id FROM b WHERE x LIKE 'a' OR y LIKE 'b')"
    assert hardness_of(nested, "sqlite") == "hard"

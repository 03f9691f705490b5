from graph.evaluation.retrieval_recall import parse_gold_query
from store.catalog import Catalog, Column, Table


def table(name: str, *columns: str) -> Table:
    return Table(None, name, tuple(Column(column, "TEXT", "text") for column in columns))


PETS = Catalog("sqlite", (table("Pets", "Name", "OwnerId"), table("owners", "id", "city", "name")))


def test_names_are_found_behind_aliases() -> None:
    gold = parse_gold_query("SELECT p.name FROM pets p JOIN owners o ON p.ownerid = o.id", PETS)
    assert gold
    assert gold.tables == {"pets", "owners"}
    assert gold.columns == {("pets", "name"), ("pets", "ownerid"), ("owners", "id")}


def test_a_bare_column_belongs_to_the_only_table_that_has_it() -> None:
    gold = parse_gold_query("SELECT city, name FROM pets JOIN owners ON ownerid = id", PETS)
    assert gold
    assert ("owners", "city") in gold.columns
    # Both tables have a name.
    assert not {("pets", "name"), ("owners", "name")} & gold.columns


def test_texts_compared_by_equality_are_literals_also_in_double_quotes() -> None:
    gold = parse_gold_query("SELECT id FROM owners WHERE city = \"Bonn\" AND name = 'Ann' AND id = 3", PETS)
    assert gold
    assert gold.literals == {("owners", "city", "Bonn"), ("owners", "name", "Ann")}


def test_what_cannot_be_read_is_left_out() -> None:
    assert parse_gold_query("SELEC ((", PETS) is None

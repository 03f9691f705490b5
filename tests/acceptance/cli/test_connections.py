"""CLI tests of connections with and without shared values."""

from tests.fixtures.cli import Terminal


def test_a_database_is_connected_without_its_values_and_with_them_later(
    terminal_with_store: Terminal,
) -> None:
    result = terminal_with_store.type(
        "connections", "add", "pets", "sqlite:///pets.sqlite", "--no-share-values", "--json"
    )
    assert result.code == 0, result.err
    assert (result.json["tables"], result.json["values"]) == (1, 0)
    assert "[values not shared]" in terminal_with_store.type("connections", "list").out
    page = terminal_with_store.type("schema", "show", "pets").out
    assert "species TEXT" in page
    assert "parrot" not in page
    assert "40" not in page
    assert terminal_with_store.type("ask", "--json", "How many pets are there?").json["rows"] == [[4]]

    changed = terminal_with_store.type("connections", "change", "pets", "--share-values", "--json")
    assert changed.code == 0, changed.err
    assert changed.json["values"] > 0
    assert [
        each["share_values"] for each in terminal_with_store.type("connections", "list", "--json").json
    ] == [True]
    assert "parrot" in terminal_with_store.type("schema", "show", "pets").out


def test_a_database_that_is_not_connected_is_not_changed(terminal_with_store: Terminal) -> None:
    result = terminal_with_store.type("connections", "change", "nobody", "--no-share-values")
    assert result.code != 0
    assert "nobody" in result.err

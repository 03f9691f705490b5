import pytest

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.safe_yaml import MAX_FILE_BYTES, YamlNode, parse_yaml


def test_values_know_their_line() -> None:
    tree = parse_yaml("a: 1\nb:\n  - x\n  - c: y\n", "f.yml")
    assert tree.at("b").line == 3
    assert [item.line for item in tree.at("b").items()] == [3, 4]


def test_a_key_written_twice_is_told_with_its_line() -> None:
    tree = parse_yaml("a: 1\nb: 2\na: 3\n", "f.yml")
    assert tree.repeated == (("a", 3),)
    assert tree.at("a").value == 3


def test_merged_mappings_are_followed() -> None:
    tree = parse_yaml("x: &x {k: v}\ny:\n  <<: *x\n  l: w\n", "f.yml")
    assert tree.at("y").at("k").text() == "v"


def test_an_empty_file_holds_nothing() -> None:
    assert parse_yaml("# nothing\n", "f.yml") == YamlNode(None, 1)


def test_what_is_not_there_is_nothing() -> None:
    assert parse_yaml("a: 1", "f.yml").at("b").at("c").text() == ""


BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]",
        "a: *nobody",
        "a: [1",
        "a: 2020-13-45",
        "a: !!int seven",
        "a: \x00",
        "\ud800",
        "[" * 100_000,
        "a: !!python/object/apply:os.system ['true']\nb: !!int x",
        "a" * (MAX_FILE_BYTES + 1),
    ],
    ids=range(11),
)
def test_a_hostile_or_broken_file_is_refused_with_its_name_and_line(text: str) -> None:
    with pytest.raises(NotesUnreadable) as refused:
        parse_yaml(text, "bad.yml")
    assert str(refused.value).startswith("bad.yml, line ")


def test_the_line_of_a_mistake_is_told() -> None:
    with pytest.raises(NotesUnreadable) as refused:
        parse_yaml("a: 1\nb: 2\nc: *d\n", "bad.yml")
    assert refused.value.line == 3

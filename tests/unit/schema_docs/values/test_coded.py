import pytest

from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import ValueMatch
from schema_docs.values.coded import INFERRED, MAX_INFERRED, CodedValueIndex
from store.catalog import Catalog, Column, ColumnKind, Table
from store.targets.target import ColumnProfile


def hints(**columns: tuple[ColumnKind, tuple[str, ...]]) -> CodedValueIndex:
    match = tuple(Column(name, kind, kind) for name, (kind, _) in columns.items())
    profiles = {
        name: ColumnProfile(name, 0, len(values), values=values) for name, (_, values) in columns.items()
    }
    catalog = Catalog("sqlite", (Table(None, "t", match),))
    return CodedValueIndex(SchemaMap("", 1, catalog, profiles={"t": profiles}))


def read(question: str, **columns: tuple[ColumnKind, tuple[str, ...]]) -> set[str]:
    return {hit.value for hit in hints(**columns).find(question, ())}


@pytest.mark.parametrize(
    ("question", "values"),
    [("How many male students?", {"M"}), ("List all girls", {"F"}), ("List all students", set())],
)
def test_another_word_for_a_code_is_read(question: str, values: set[str]) -> None:
    assert read(question, sex=("text", ("F", "M"))) == values


def test_a_short_form_is_read_as_what_it_is_short_for() -> None:
    stored = ("Comp. Sci.", "Biology")
    assert read("instructors of computer science", department=("text", stored)) == {"Comp. Sci."}
    assert read("assistant professors", rank=("text", ("AsstProf", "Dean"))) == {"AsstProf"}


def test_a_flag_is_read_where_its_column_is_named() -> None:
    flag: tuple[ColumnKind, tuple[str, ...]] = ("text", ("N", "Y"))
    assert read("Who has a pool?", pool_yn=flag) == {"N", "Y"}
    assert read("Who swims?", pool_yn=flag) == set()


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("children of grade 4", {"4"}),
        ("the fourth grade", {"4"}),
        ("grade higher than 4", set()),
        ("4 children of any age", set()),
    ],
)
def test_a_number_is_read_beside_the_name_of_its_column(question: str, values: set[str]) -> None:
    assert read(question, grade=("integer", ("1", "2"))) == values


def test_a_letter_is_a_code_behind_the_name_of_its_column() -> None:
    assert read("the place with location code x", location_code=("text", ("x", "y"))) == {"x"}
    assert read("plan x", location_code=("text", ("x", "y"))) == set()


def test_an_address_may_stand_in_a_column_of_addresses() -> None:
    assert read("Who is ann@example.org?", contact=("text", ("bob@example.org",))) == {"ann@example.org"}


def test_what_was_found_is_not_read_and_little_is() -> None:
    match = ValueMatch("t", "sex", "M", "male", 1.0)
    assert hints(sex=("text", ("F", "M"))).find("male", [match]) == ()
    many = {f"grade_{number}": ("integer", ("1",)) for number in range(30)}
    some = hints(**many).find("grade 1", ())  # type: ignore[arg-type]  # names made above
    assert len(some) <= MAX_INFERRED
    assert {(hit.inferred, hit.score) for hit in hints(sex=("text", ("M",))).find("men", ())} == {
        (True, INFERRED)
    }


def test_a_flag_is_known_without_what_its_name_begins_with() -> None:
    flag: tuple[ColumnKind, tuple[str, ...]] = ("text", ("N", "Y"))
    assert read("students with a scholarship", onscholarship=flag) == {"N", "Y"}
    assert read("all males", is_male=flag) == {"N", "Y"}
    assert read("phones that have wifi", WiFi=flag) == {"N", "Y"}
    assert read("heads who are acting", temporary_acting=flag) == {"N", "Y"}


def test_a_no_among_other_values_is_read() -> None:
    assert read("without wifi", wifi=("text", ("802.11b", "No"))) == {"No"}

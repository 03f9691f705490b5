import pytest

from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import ValueMatch
from schema_docs.values.semantic import MAX_VALUES_PER_COLUMN, SEMANTIC, build_semantic_index, frequent_values
from store.catalog import Catalog, Column, Table
from store.maps.records import SchemaElement
from store.targets.target import ColumnProfile

WORDS = WordLlamaEmbedder()
STORED = [
    ("people", "sex", "Female"),
    ("people", "sex", "Male"),
    ("media", "kind", "Film"),
    ("media", "kind", "Bicycle"),
    ("airlines", "name", "American Airlines"),
    ("months", "name", "January"),
]
MEANINGS = build_semantic_index(STORED, WORDS)


def meant(question: str) -> list[str]:
    return [hit.value for hit in MEANINGS.find(question, (), {"customer"})]


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("How many women are there?", ["Female"]),
        ("movies that customers liked", ["Film"]),
        ("who has a bike", ["Bicycle"]),
        ("flights of United Airlines", []),
        ("sales in February", []),
        ("how many tables", []),
        ("???", []),
    ],
)
def test_a_value_near_in_meaning_is_found_and_no_other(question: str, values: list[str]) -> None:
    assert meant(question) == values


def test_what_is_explained_already_means_nothing_else() -> None:
    assert MEANINGS.find("all women", [ValueMatch("t", "c", "Women", "women", 1.0)], ()) == ()
    assert MEANINGS.find("all women", (), {"woman"}) == ()


def test_it_tells_which_words_are_meant_and_how_surely() -> None:
    (hit,) = MEANINGS.find("How many Women?", (), ())
    assert hit == ValueMatch("people", "sex", "Female", "Women", SEMANTIC)


def test_only_columns_with_few_values_are_learnt() -> None:
    many = [
        ("t", "c", f"Film{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{n // 100 * 'x'}")
        for n in range(201)
    ]
    assert len({value for _, _, value in many}) > MAX_VALUES_PER_COLUMN
    assert not build_semantic_index(many, WORDS).phrases
    assert build_semantic_index(many[:20], WORDS).phrases


def test_codes_numbers_and_sentences_are_not_learnt() -> None:
    values = [("t", "c", value) for value in ("F", "2024", "A-17", "a sentence of more words", "")]
    assert not build_semantic_index(values, WORDS).phrases


def test_what_may_not_be_seen_is_left_out() -> None:
    visible = MEANINGS.restrict_to({SchemaElement("media", "kind")})
    assert visible.find("women and movies", (), ())[0].value == "Film"
    assert "Female" not in repr(visible)


def test_a_map_without_its_values_gives_those_of_its_samples() -> None:
    columns = (
        Column("sex", "text", "text"),
        Column("password", "text", "text"),
        Column("age", "int", "integer"),
    )
    profiles = {each.name: ColumnProfile(each.name, 0.0, 1, values=("Female",)) for each in columns}
    schema = SchemaMap(
        "", 1, Catalog("sqlite", (Table(None, "people", columns),)), profiles={"people": profiles}
    )
    assert [*frequent_values(schema)] == [("people", "sex", "Female")]

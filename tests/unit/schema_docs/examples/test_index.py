from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import pytest

from schema_docs.embedding.embedder import Vectors, WordLlamaEmbedder
from schema_docs.errors import EmbedderUnavailable
from schema_docs.examples.index import AccessView, ExampleCache, ExampleIndex, ExampleLookup
from schema_docs.examples.masking import mask
from schema_docs.search.results import ValueMatch
from schema_docs.search.vector_index import embed_question
from store.access.catalog_filter import filter_catalog
from store.access.roles import Access, NameFilter, Role
from store.catalog import Catalog, Column, Table
from store.examples import Example, ExampleStatus, ExampleStore
from store.maps.records import MapHead

PETS = Catalog(
    "sqlite", (Table(None, "pets", (Column("name", "text", "text"), Column("pay", "text", "text"))),)
)
REX = Example(1, "Which pets are called Rex?", "SELECT name FROM pets WHERE name = 'Rex'", "ann", "verified")
PAY = Example(2, "Which pets are paid?", "SELECT pay FROM pets", "ann", "verified")
ONE = UUID(int=1)


@dataclass
class OneDrawer:
    examples: list[Example]
    asked: list[UUID] = field(default_factory=list)

    async def all(self, connection_id: UUID, status: ExampleStatus | None = None) -> list[Example]:
        self.asked.append(connection_id)
        return self.examples


def cabinet(drawer: OneDrawer) -> ExampleCache:
    return ExampleCache(cast(ExampleStore, drawer))


EVERYBODY = AccessView(PETS, PETS, None)


@pytest.mark.parametrize("embedder", [None, WordLlamaEmbedder()])
async def test_examples_are_found_with_the_values_of_the_question_left_out(
    embedder: WordLlamaEmbedder | None,
) -> None:
    lookup = ExampleLookup("Which pets are called Tom?", [ValueMatch("pets", "name", "Tom", "Tom", 1.0)])
    result = await cabinet(OneDrawer([REX, PAY])).find(lookup, MapHead(ONE, 1, "", 1), EVERYBODY, embedder)
    assert result[0].id == 1
    assert result[0].score > 0.9


async def test_examples_are_read_again_only_when_they_have_changed() -> None:
    drawer = OneDrawer([REX])
    cache = cabinet(drawer)
    for changes in (1, 1, 2):
        await cache.find(ExampleLookup("Which pets?"), MapHead(ONE, 1, "", changes), EVERYBODY, None)
    assert drawer.asked == [ONE, ONE]


async def test_what_names_something_hidden_is_not_found() -> None:
    access = Access(Role(columns=NameFilter(hide=("pets.pay",))))
    sight = AccessView(PETS, filter_catalog(PETS, access), access)
    result = await cabinet(OneDrawer([PAY])).find(
        ExampleLookup(PAY.question), MapHead(ONE, 1, "", 1), sight, None
    )
    assert result == ()


PAIRS = [
    ("How many pets are called Rex?", "SELECT count(*) FROM pets WHERE name = 'Rex'"),
    ("Which pet is the oldest?", "SELECT name FROM pets ORDER BY age DESC LIMIT 1"),
    ("What is the average age by species?", "SELECT species, avg(age) FROM pets GROUP BY species"),
]
EXAMPLES = [Example(number, *pair, "ann", "verified") for number, pair in enumerate(PAIRS, 1)]


class Broken:
    name, instant, dimensions = "broken", True, 4

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise EmbedderUnavailable("gone")


def ids(shelf: ExampleIndex, question: str, sql: str | None = None) -> list[int]:
    return [hit.id for hit in shelf.find(question, (), None, sql)]


def test_a_question_of_the_same_form_is_found_whatever_its_values_are() -> None:
    shelf = ExampleIndex(EXAMPLES, "sqlite", None)
    best = next(shelf.find("How many pets are called Lily Ann?", ["Lily Ann"]))
    assert best.id == 1
    assert best.score > 0.9


def test_what_is_about_something_else_is_not_found() -> None:
    assert ids(ExampleIndex(EXAMPLES, "sqlite", None), "Tell me the weather") == []


def test_vectors_find_what_words_do_not() -> None:
    embedder = WordLlamaEmbedder()
    shelf = ExampleIndex(EXAMPLES, "sqlite", embedder)
    question = "the eldest animal, please"
    vector = embed_question(mask(question, ()), embedder)
    by_vector = [hit.id for hit in shelf.find(question, (), vector)]
    assert ids(shelf, question) == []
    assert by_vector[:1] in ([2], [])


def test_the_form_of_a_query_counts_where_it_is_known() -> None:
    shelf = ExampleIndex(EXAMPLES, "sqlite", None)
    question = "Which pet is the oldest, and how many pets are called so?"
    assert ids(shelf, question, "SELECT count(*) FROM t WHERE a = 'b'")[0] == 1
    assert ids(shelf, question, "SELECT a FROM t ORDER BY b DESC LIMIT 1")[0] == 2


def test_without_vectors_words_are_left() -> None:
    assert ids(ExampleIndex(EXAMPLES, "sqlite", Broken()), "How many pets are called Rex?")[0] == 1


def test_an_empty_shelf_holds_nothing() -> None:
    assert ids(ExampleIndex([], "sqlite", WordLlamaEmbedder()), "How many?") == []

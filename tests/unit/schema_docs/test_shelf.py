from collections.abc import Sequence

from schema_docs.embedder import Vectors, WordLlamaEmbedder
from schema_docs.errors import EmbedderUnavailable
from schema_docs.nearby import embed_question
from schema_docs.shelf import Shelf
from schema_docs.skeleton import mask
from store.examples import Example

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


def ids(shelf: Shelf, question: str, sql: str | None = None) -> list[int]:
    return [hit.id for hit in shelf.find(question, (), None, sql)]


def test_a_question_of_the_same_form_is_found_whatever_its_values_are() -> None:
    shelf = Shelf(EXAMPLES, "sqlite", None)
    best = next(shelf.find("How many pets are called Lily Ann?", ["Lily Ann"]))
    assert best.id == 1
    assert best.score > 0.9


def test_what_is_about_something_else_is_not_found() -> None:
    assert ids(Shelf(EXAMPLES, "sqlite", None), "Tell me the weather") == []


def test_vectors_find_what_words_do_not() -> None:
    embedder = WordLlamaEmbedder()
    shelf = Shelf(EXAMPLES, "sqlite", embedder)
    question = "the eldest animal, please"
    vector = embed_question(mask(question, ()), embedder)
    by_vector = [hit.id for hit in shelf.find(question, (), vector)]
    assert ids(shelf, question) == []
    assert by_vector[:1] in ([2], [])


def test_the_form_of_a_query_counts_where_it_is_known() -> None:
    shelf = Shelf(EXAMPLES, "sqlite", None)
    question = "Which pet is the oldest, and how many pets are called so?"
    assert ids(shelf, question, "SELECT count(*) FROM t WHERE a = 'b'")[0] == 1
    assert ids(shelf, question, "SELECT a FROM t ORDER BY b DESC LIMIT 1")[0] == 2


def test_without_vectors_words_are_left() -> None:
    assert ids(Shelf(EXAMPLES, "sqlite", Broken()), "How many pets are called Rex?")[0] == 1


def test_an_empty_shelf_holds_nothing() -> None:
    assert ids(Shelf([], "sqlite", WordLlamaEmbedder()), "How many?") == []

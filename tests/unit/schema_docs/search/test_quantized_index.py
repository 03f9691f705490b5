from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.synthetic_schema import SyntheticSchema
from schema_docs.embedding.embedder import Vectors, WordLlamaEmbedder
from schema_docs.search import quantized_index
from schema_docs.search.quantized_index import QuantizedIndex, to_int16
from schema_docs.search.vector_index import VectorIndex
from store.maps.records import PassageMatch, SchemaElement

PLACES = [
    SchemaElement("a"),
    SchemaElement("b"),
    SchemaElement("a", "x"),
    SchemaElement("b", "y"),
    SchemaElement("b", "z"),
]
VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8], [1, 0]], np.float32)
EAST = np.array([1, 0], np.float32)


def places_of(result: Sequence[PassageMatch]) -> list[SchemaElement]:
    return [nearest.element for nearest in result]


def test_tables_and_columns_come_nearest_first_with_their_cosine() -> None:
    result = QuantizedIndex(PLACES, to_int16(VECTORS)).find(EAST, 2, 2)
    assert places_of(result) == [
        SchemaElement("a"),
        SchemaElement("b"),
        SchemaElement("b", "z"),
        SchemaElement("b", "y"),
    ]
    assert [nearest.similarity for nearest in result] == pytest.approx([1, 0.8, 1, 0.6], abs=1e-4)


def test_an_empty_map_has_nothing_near() -> None:
    assert QuantizedIndex([], np.zeros((0, 256), np.int16)).find(np.zeros(256, np.float32), 5, 5) == []


def test_a_large_map_is_sifted_and_ninety_nine_of_a_hundred_are_found() -> None:
    embedder, schema = WordLlamaEmbedder(), SyntheticSchema(1)
    passages = sorted(schema.passages(40_000), key=lambda passage: passage[0].column is not None)
    places = [place for place, _ in passages]
    vectors = embedder.embed([text for _, text in passages])
    index, exact = QuantizedIndex(places, to_int16(vectors)), VectorIndex(places, vectors)
    shares = [
        share(index.find(vector, 50, 150), exact.find(vector, 50, 150))
        for vector in embedder.embed(list(schema.questions(60)))
    ]
    assert np.mean(shares) >= 0.99


def test_vectors_that_lean_to_one_side_are_told_apart_from_their_middle() -> None:
    embedder, schema = WordLlamaEmbedder(), SyntheticSchema(2)
    texts = [text for place, text in schema.passages(20_000) if place.column is not None]
    places = [SchemaElement("a", str(number)) for number in range(len(texts))]
    lean = np.random.default_rng(1).standard_normal(256).astype(np.float32)
    lean *= 1.5 / np.linalg.norm(lean)
    vectors, lookup = (leaning(embedder.embed(each), lean) for each in (texts, list(schema.questions(40))))
    index, exact = QuantizedIndex(places, to_int16(vectors)), VectorIndex(places, vectors)
    assert np.mean([share(index.find(each, 0, 150), exact.find(each, 0, 150)) for each in lookup]) >= 0.99


def test_what_has_other_signs_is_not_even_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantized_index, "_MIN_RESCORED", 2)
    one_way = np.array([[0.6, 0.8], [0.8, 0.6], [0.95, -0.3]], np.float32)
    places = [SchemaElement(name) for name in "abcdef"]
    index = QuantizedIndex(places, to_int16(np.vstack([one_way, -one_way])))
    question = np.array([0.99, 0.01], np.float32)
    assert places_of(index.find(question, 3, 0)) == [SchemaElement("b"), SchemaElement("a")]


@pytest.mark.parametrize("dimensions", [1, 63, 64, 65, 640])
def test_vectors_may_have_any_number_of_dimensions(dimensions: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantized_index, "_MIN_RESCORED", 1)
    vectors = np.repeat(np.array([[1], [-1]], np.float32), dimensions, axis=1) / np.sqrt(dimensions)
    vectors = vectors.astype(np.float32)
    index = QuantizedIndex([SchemaElement("a"), SchemaElement("b")], to_int16(vectors))
    assert places_of(index.find(vectors[1], 1, 0)) == [SchemaElement("b")]


def leaning(vectors: Vectors, lean: Vectors) -> Vectors:
    leant = vectors + lean
    unit: Vectors = leant / np.linalg.norm(leant, axis=1, keepdims=True)
    return unit


def share(result: Sequence[PassageMatch], exact: Sequence[PassageMatch]) -> float:
    return len(set(places_of(result)) & set(places_of(exact))) / len(exact)

import numpy as np

from schema_docs.search.ranking import (
    LexicalIndex,
    build_edges,
    fuse_scores,
    score_by_column_similarity,
    score_by_table_similarity,
    score_values,
    sort_by_score,
)


def test_a_rare_word_is_worth_more_than_a_common_one() -> None:
    index = LexicalIndex([{"name": 1, "singer": 1}, {"name": 1, "car": 1}, {"name": 1, "boat": 1}])
    scores = index.score(["name", "boat"])
    assert sort_by_score(scores)[0] == 2
    assert scores[0] == scores[1] > 0


def test_a_word_nobody_has_scores_nothing() -> None:
    assert not LexicalIndex([{"a": 1}]).score(["b"]).any()


def test_an_index_knows_who_has_a_word() -> None:
    index = LexicalIndex([{"a": 1}, {"b": 1}])
    assert index.contains("b", 1)
    assert not index.contains("b", 0)


def test_a_table_that_was_not_near_counts_as_the_farthest_that_was() -> None:
    assert (
        score_by_table_similarity({0: 0.9, 2: 0.4}, 4).tolist()
        == np.array([0.9, 0.4, 0.4, 0.4], np.float32).tolist()
    )


def test_a_table_is_judged_by_its_best_three_columns() -> None:
    hits = [(0, 0.9), (0, 0.6), (0, 0.3), (0, 0.1), (1, 0.9)]
    lane = score_by_column_similarity(hits, [5, 1, 4])
    assert np.allclose(lane, [0.6, 0.9, 0.1])


def test_a_table_without_columns_is_no_trouble() -> None:
    assert score_by_column_similarity([(0, 0.5)], [1, 0]).shape == (2,)


def test_the_table_in_between_is_lifted_by_its_neighbours() -> None:
    lanes = [np.array([5, 0, 0, 0], np.float32)]
    scores = fuse_scores(lanes, build_edges([[1], [0], [], []]))
    assert sort_by_score(scores)[:2] == [0, 1]


def test_lanes_count_alike_whatever_their_scale() -> None:
    small, large = np.array([1, 0, 0], np.float32), np.array([0, 1000, 0], np.float32)
    scores = fuse_scores([small, large], build_edges([[], [], []]))
    assert np.isclose(scores[0], scores[1], atol=1e-4)


def test_an_empty_map_can_be_ranked() -> None:
    assert sort_by_score(fuse_scores([np.zeros(0, np.float32)], build_edges([]))) == []


def test_equals_keep_the_order_of_the_catalog() -> None:
    assert sort_by_score(np.zeros(3, np.float32)) == [0, 1, 2]


def test_a_value_held_by_one_table_tells_more_than_one_held_by_many() -> None:
    bonus = score_values([{0: 1.0}, {1: 1.0, 2: 1.0}], 4)
    assert bonus[0] > bonus[1] == bonus[2] > bonus[3] == 0


def test_a_bonus_lifts_the_neighbours_too() -> None:
    lanes = [np.array([0, 0, 1], np.float32)]
    bonus = np.array([9, 0, 0], np.float32)
    assert sort_by_score(fuse_scores(lanes, build_edges([[1], [0], []]), bonus)) == [0, 1, 2]


def test_a_shortened_word_is_found_and_counts_less_than_the_word() -> None:
    index = LexicalIndex([{"cust": 1}, {"customer": 1}, {"order": 1}])
    assert sort_by_score(index.score(["customer"]))[:2] == [1, 0]
    assert index.score(["customer"])[2] == 0


def test_a_misspelt_word_is_found_and_a_common_one_is_not_taken_for_a_slip() -> None:
    index = LexicalIndex([{"customer": 1, "address": 1}, {"distance": 1}])
    assert sort_by_score(index.score(["costumer"]))[0] == 0
    assert index.score(["costumer"])[0] < index.score(["customer"])[0]
    assert not index.score(["distinct"]).any()
    assert [*index.correct(["costumer", "distinct", "adress"])] == ["customer", "distinct", "address"]

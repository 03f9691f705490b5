from decimal import Decimal

from store.sample.rng import SeededRandom, WeightedChoice, euros_from_cents


def test_the_same_seed_throws_the_same() -> None:
    assert [SeededRandom(7).random() for _ in range(3)] == [SeededRandom(7).random() for _ in range(3)]


def test_another_seed_throws_otherwise() -> None:
    assert SeededRandom(7).random() != SeededRandom(8).random()


def test_both_ends_of_a_range_come_up() -> None:
    rng = SeededRandom(1)
    assert {rng.integer(1, 3) for _ in range(100)} == {1, 2, 3}


def test_what_weighs_nothing_is_never_drawn() -> None:
    urn, rng = WeightedChoice("abc", (1, 0, 1)), SeededRandom(1)
    assert {urn.draw(rng) for _ in range(100)} == {"a", "c"}


def test_what_weighs_more_is_drawn_more() -> None:
    urn, rng = WeightedChoice("ab", (1, 9)), SeededRandom(1)
    assert 850 < [urn.draw(rng) for _ in range(1000)].count("b") < 950


def test_a_draw_among_the_first_leaves_out_the_rest() -> None:
    urn, rng = WeightedChoice("abc", (1, 1, 1)), SeededRandom(1)
    assert {urn.draw(rng, first=2) for _ in range(100)} == {"a", "b"}


def test_money_is_exact_to_the_cent() -> None:
    assert euros_from_cents(1999) == Decimal("19.99")
    assert str(euros_from_cents(0)) == "0.00"

from decimal import Decimal

from store.sample.rng import Dice, Urn, euros


def test_the_same_seed_throws_the_same() -> None:
    assert [Dice(7).throw() for _ in range(3)] == [Dice(7).throw() for _ in range(3)]


def test_another_seed_throws_otherwise() -> None:
    assert Dice(7).throw() != Dice(8).throw()


def test_both_ends_of_a_range_come_up() -> None:
    dice = Dice(1)
    assert {dice.between(1, 3) for _ in range(100)} == {1, 2, 3}


def test_what_weighs_nothing_is_never_drawn() -> None:
    urn, dice = Urn("abc", (1, 0, 1)), Dice(1)
    assert {urn.draw(dice) for _ in range(100)} == {"a", "c"}


def test_what_weighs_more_is_drawn_more() -> None:
    urn, dice = Urn("ab", (1, 9)), Dice(1)
    assert 850 < [urn.draw(dice) for _ in range(1000)].count("b") < 950


def test_a_draw_among_the_first_leaves_out_the_rest() -> None:
    urn, dice = Urn("abc", (1, 1, 1)), Dice(1)
    assert {urn.draw(dice, among=2) for _ in range(100)} == {"a", "b"}


def test_money_is_exact_to_the_cent() -> None:
    assert euros(1999) == Decimal("19.99")
    assert str(euros(0)) == "0.00"

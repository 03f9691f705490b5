from store.targets.sqlite.session import salted_hash


def test_the_same_value_has_the_same_hash_under_one_salt_only() -> None:
    assert salted_hash("a", "Ann") == salted_hash("a", "Ann")
    assert salted_hash("a", "Ann") != salted_hash("b", "Ann")
    assert len(salted_hash("a", "Ann") or "") == 16


def test_nothing_stays_nothing() -> None:
    assert salted_hash("a", None) is None


def test_numbers_and_bytes_are_hashed_like_their_text() -> None:
    assert salted_hash("a", 7) == salted_hash("a", "7") == salted_hash("a", b"7")

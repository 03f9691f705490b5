import pytest

from agent.builtin.signs import LONGEST_SIGN, SIGNS, Sign, read_signs

TEXT = """# A remark.
== op > : age|height
older than | older
== count
how many | number
of
== sup desc
older
"""


def test_a_section_gives_its_meaning_to_each_of_its_phrases() -> None:
    signs = read_signs(TEXT)
    assert signs["older than"] == (Sign("op", ">", "age|height"),)
    assert signs["how many"] == signs["number of"] == (Sign("count"),)


def test_of_several_meanings_the_first_written_comes_first() -> None:
    assert [sign.kind for sign in read_signs(TEXT)["older"]] == ["op", "sup"]


def test_an_unknown_kind_is_a_mistake_in_the_file() -> None:
    with pytest.raises(AssertionError, match="wish"):
        read_signs("\n== wish\nif only\n")


def test_the_words_that_are_shipped_are_read() -> None:
    assert SIGNS["oldest"][0].kind == "sup"
    assert SIGNS["how many"][0].kind == "count"


def test_no_phrase_is_empty_or_longer_than_said() -> None:
    lengths = {len(phrase.split()) for phrase in SIGNS}
    assert min(lengths) == 1
    assert max(lengths) == LONGEST_SIGN > 1

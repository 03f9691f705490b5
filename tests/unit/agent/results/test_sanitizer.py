"""Replies are plain text, in one piece or in many."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.results.sanitizer import StreamSanitizer, sanitize

SHARP = st.text(alphabet="]([!<>:/wW. ahtps?i")
MAKES_SOMETHING = re.compile(r"\][(:]|!\[|<[a-zA-Z/!?]|://|www\.", re.IGNORECASE)


@pytest.mark.parametrize(
    "planted",
    [
        "![x](https://evil.example/?d=1)",
        "[click](javascript:alert(1))",
        "[click](//evil.example)",
        "[click][1]\n\n[1]: //evil.example",
        "<img src=x onerror=alert(1)>",
        "<https://evil.example>",
        "http://evil.example",
        "WWW.evil.example",
        "<script>",
        "</div>",
        "<!-- x -->",
    ],
)
def test_nothing_is_left_that_a_page_could_follow(planted: str) -> None:
    assert not MAKES_SOMETHING.search(sanitize(planted))


@pytest.mark.parametrize(
    "harmless", ["5 < 7 and a > b", "[1, 2]", "Wow! (really)", "at 12:30", "a/b", "ww", "x@y.de"]
)
def test_harmless_words_stay_as_they_are(harmless: str) -> None:
    assert sanitize(harmless) == harmless


@given(st.lists(SHARP, max_size=8))
def test_pieces_come_out_like_the_whole(pieces: list[str]) -> None:
    safe = StreamSanitizer()
    text = "".join([*map(safe.feed, pieces), safe.finish()])
    assert text == sanitize("".join(pieces))
    assert not MAKES_SOMETHING.search(text)


def test_usual_words_do_not_wait() -> None:
    safe = StreamSanitizer()
    assert [safe.feed(piece) for piece in ("There", " are", " 12.")] == ["There", " are", " 12."]

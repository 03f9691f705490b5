"""Keeps a reply plain text: no link, no image and no tag, also while it is being written.

A reply made from rows may repeat what somebody planted there. A link would carry data away with one click, an
image with none. So the few characters that make them are set apart; a person can still read everything.
"""

import re

_MAKING = re.compile(r"\](?=[(:])|!(?=\[)|<(?=[a-z/!?])|:(?=//)|www(?=\.)", re.IGNORECASE)
# The end of a piece that the next piece may complete; a mark stays together with what it is judged by.
_PENDING = re.compile(r"(?:<?!|\]?:/?|\]|<?w{1,3}|<)\Z", re.IGNORECASE)


def plain(text: str) -> str:
    """Give the text back with nothing in it that a page could turn into a link, an image or a tag."""
    return _MAKING.sub(_apart, text)


def _apart(making: re.Match[str]) -> str:
    return "‹" if making[0] == "<" else making[0] + " "


class PlainWords:
    """The same for a text that comes in pieces: at most four characters wait for the next piece."""

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, piece: str) -> str:
        """Take a piece, and give what is safe to show by now."""
        text = self._pending + piece
        pending = _PENDING.search(text)
        end = pending.start() if pending else len(text)
        self._pending = text[end:]
        return plain(text[:end])

    def finish(self) -> str:
        """Give what was still waiting."""
        rest, self._pending = self._pending, ""
        return plain(rest)

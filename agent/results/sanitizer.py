"""Output sanitizer: keeps answers plain text without links, images or tags, even while streaming.

An answer worded from rows may repeat text an attacker stored there. A link would exfiltrate data with one
click, an image with none. The few characters that form them are therefore separated; the text stays readable.
"""

import re

_MARKUP = re.compile(r"\](?=[(:])|!(?=\[)|<(?=[a-z/!?])|:(?=//)|www(?=\.)", re.IGNORECASE)
# The end of a chunk that the next chunk may complete; a character is kept together with its lookahead.
_PENDING = re.compile(r"(?:<?!|\]?:/?|\]|<?w{1,3}|<)\Z", re.IGNORECASE)


def sanitize(text: str) -> str:
    """Break up everything a client could render as a link, an image or a tag."""
    return _MARKUP.sub(_separate, text)


def _separate(match: re.Match[str]) -> str:
    return "‹" if match[0] == "<" else match[0] + " "


class StreamSanitizer:
    """Sanitizer for streamed text; at most four characters are held back for the next chunk."""

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, chunk: str) -> str:
        """Add a chunk and return the text that is safe to show so far."""
        text = self._pending + chunk
        pending = _PENDING.search(text)
        end = pending.start() if pending else len(text)
        self._pending = text[end:]
        return sanitize(text[:end])

    def finish(self) -> str:
        """Return the text that was still held back."""
        rest, self._pending = self._pending, ""
        return sanitize(rest)

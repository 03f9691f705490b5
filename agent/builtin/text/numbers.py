"""Number parser: digits, number words, scales and percent signs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schema_docs.text.identifiers import ONES, TENS
from schema_docs.text.tokenizer import Token

_SINGLE_WORDS = {"dozen": 12, "single": 1, "once": 1, "twice": 2, "thrice": 3}
# `k` and `m` are scales only where they are written together with the digits.
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_DIGITS = re.compile(r"-?[$€£]?([\d,]+(?:\.\d+)?)(k|%)?$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number expressed by the tokens `[start, end)`; `percent` if a percent sign follows it."""

    start: int
    end: int
    value: int | float
    percent: bool = False


def parse_number(tokens: Sequence[Token], position: int) -> Number | None:
    """Parse the number that begins at a token: `12`, `1,000`, `twenty five`, `3 million`, `dozen`."""
    token = tokens[position]
    if token.kind == "number":
        return _scaled(tokens, position, _digits(token.plain), token.plain.endswith("%"))
    if not token.is_word:
        return None
    if token.plain in _SINGLE_WORDS:
        return Number(position, position + 1, _SINGLE_WORDS[token.plain])
    if token.plain in TENS:
        value, end = TENS[token.plain], position + 1
        if end < len(tokens) and 0 < ONES.get(tokens[end].plain, 0) < 10:
            value, end = value + ONES[tokens[end].plain], end + 1
        return _with_scale(tokens, position, end, value)
    if token.plain in ONES:
        return _with_scale(tokens, position, position + 1, ONES[token.plain])
    return None


def _digits(text: str) -> int | float:
    match = _DIGITS.match(text)
    if not match:
        return 0
    digits = match.group(1).replace(",", "")
    value: int | float = float(digits) if "." in digits else int(digits)
    value = value * 1000 if match.group(2) == "k" else value
    return -value if text.startswith("-") else value


def _scaled(tokens: Sequence[Token], position: int, value: int | float, percent: bool) -> Number:
    number = _with_scale(tokens, position, position + 1, value)
    return Number(number.start, number.end, number.value, percent)


def _with_scale(tokens: Sequence[Token], start: int, end: int, value: int | float) -> Number:
    while end < len(tokens) and tokens[end].plain in _SCALES:
        value, end = value * _SCALES[tokens[end].plain], end + 1
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value) if end - start > 1 else value
    return Number(start, end, value)

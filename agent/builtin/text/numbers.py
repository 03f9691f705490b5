"""Numbers in digits and in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.builtin.text.tokenizer import Token

_ONES = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: (number + 2) * 10
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    )
}
_ALONE = {"dozen": 12, "single": 1, "once": 1, "twice": 2, "thrice": 3}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "k": 1_000,
    "m": 1_000_000,
}
_DIGITS = re.compile(r"-?[$€£]?([\d,]+(?:\.\d+)?)(k|%)?$")
ORDINALS = {
    word: number + 1
    for number, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    )
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the tokens `[start, end)` that say it. `percent`: it was followed by a percent sign."""

    start: int
    end: int
    value: int | float
    percent: bool = False


def read_number(tokens: Sequence[Token], at: int) -> Number | None:
    """Read the number that begins at a token: `12`, `1,000`, `twenty five`, `3 million`, `dozen`."""
    token = tokens[at]
    if token.kind == "number":
        return _scaled(tokens, at, _digits(token.plain), token.plain.endswith("%"))
    if not token.is_word:
        return None
    if token.plain in _ALONE:
        return Number(at, at + 1, _ALONE[token.plain])
    if token.plain in _TENS:
        value, end = _TENS[token.plain], at + 1
        if end < len(tokens) and 0 < _ONES.get(tokens[end].plain, 0) < 10:
            value, end = value + _ONES[tokens[end].plain], end + 1
        return _with_scale(tokens, at, end, value)
    if token.plain in _ONES:
        return _with_scale(tokens, at, at + 1, _ONES[token.plain])
    return None


def _digits(text: str) -> int | float:
    match = _DIGITS.match(text)
    if not match:
        return 0
    digits = match.group(1).replace(",", "")
    value: int | float = float(digits) if "." in digits else int(digits)
    value = value * 1000 if match.group(2) == "k" else value
    return -value if text.startswith("-") else value


def _scaled(tokens: Sequence[Token], at: int, value: int | float, percent: bool) -> Number:
    number = _with_scale(tokens, at, at + 1, value)
    return Number(number.start, number.end, number.value, percent)


def _with_scale(tokens: Sequence[Token], start: int, end: int, value: int | float) -> Number:
    while end < len(tokens) and tokens[end].plain in _SCALES and tokens[end].plain not in {"k", "m"}:
        value, end = value * _SCALES[tokens[end].plain], end + 1
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value) if end - start > 1 else value
    return Number(start, end, value)

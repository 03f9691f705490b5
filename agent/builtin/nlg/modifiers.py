"""Put what holds for rows behind their noun, each kind where it reads best."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agent.builtin.nlg.inflection import joined

Kind = Literal["verb", "with", "without", "that", "period"]
_LEADS: dict[Kind, str] = {"verb": "", "with": "with ", "without": "without ", "that": "that ", "period": ""}
_JOINS: dict[Kind, str] = {"with": "and", "without": "or", "that": "and that"}
_LED_IN = frozenset({"in", "on", "from", "since", "before", "after", "until", "till", "not", "more", "less"})


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that holds for the rows that are meant. `kind` says how it joins on to their noun."""

    kind: Kind
    text: str

    @property
    def whole(self) -> str:
        """The trait with the word that leads it in."""
        return _LEADS[self.kind] + self.text


def attached(traits: Iterable[Trait]) -> str:
    """All traits, with a space before them: ` signed up in 2024 with segment vip and without any orders`."""
    kinds: dict[Kind, list[str]] = {kind: [] for kind in _LEADS}
    for trait in dict.fromkeys(traits):
        kinds[trait.kind].append(trait.text)
    text = f" {joined(kinds['verb'])}" if kinds["verb"] else ""
    for kind, word in _JOINS.items():
        link = " and " if text and kind != "with" else " "
        text += f"{link}{kind} {joined(kinds[kind], word)}" if kinds[kind] else ""
    return text + "".join(map(_timed, kinds["period"]))


def either(traits: list[Trait]) -> Trait:
    """That one of several holds: `with city Berlin or Paris`."""
    kinds = {trait.kind for trait in traits}
    if len(kinds) == 1 and kinds <= {"with", "without"}:
        texts = [trait.text for trait in traits]
        alike = texts[0].rpartition(" ")[0]
        if alike and all(text.startswith(f"{alike} ") for text in texts):
            texts = [texts[0], *(text.removeprefix(f"{alike} ") for text in texts[1:])]
            return Trait(traits[0].kind, joined(texts, "or"))
        return Trait(traits[0].kind, f"either {joined(texts, 'or')}")
    return Trait("that", "are either " + joined([trait.whole for trait in traits], "or"))


def _timed(period: str) -> str:
    """`orders in 2025`, but `orders from last month`."""
    return f" {period}" if period.split(" ", maxsplit=1)[0] in _LED_IN else f" from {period}"

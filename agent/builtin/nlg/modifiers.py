"""Noun modifiers for conditions, and the order in which they follow the noun."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agent.builtin.nlg.inflection import join_phrases

ModifierKind = Literal["verb", "with", "without", "that", "period"]
_LEADS: dict[ModifierKind, str] = {
    "verb": "",
    "with": "with ",
    "without": "without ",
    "that": "that ",
    "period": "",
}
_JOINS: dict[ModifierKind, str] = {"with": "and", "without": "or", "that": "and that"}
_LED_IN = frozenset({"in", "on", "from", "since", "before", "after", "until", "till", "not", "more", "less"})


@dataclass(frozen=True, slots=True)
class Modifier:
    """Modifier of a noun, made from one condition. `kind` is how it attaches to the noun."""

    kind: ModifierKind
    text: str

    @property
    def result_rows(self) -> str:
        """Modifier with its leading word, such as `with`."""
        return _LEADS[self.kind] + self.text


def attach_modifiers(modifiers: Iterable[Modifier]) -> str:
    """Join modifiers, with a leading space: ` signed up in 2024 with segment vip and without any orders`."""
    kinds: dict[ModifierKind, list[str]] = {kind: [] for kind in _LEADS}
    for modifier in dict.fromkeys(modifiers):
        kinds[modifier.kind].append(modifier.text)
    text = f" {join_phrases(kinds['verb'])}" if kinds["verb"] else ""
    for kind, word in _JOINS.items():
        link = " and " if text and kind != "with" else " "
        text += f"{link}{kind} {join_phrases(kinds[kind], word)}" if kinds[kind] else ""
    return text + "".join(map(_period_phrase, kinds["period"]))


def join_alternatives(modifiers: list[Modifier]) -> Modifier:
    """Join alternative modifiers by `or`: `with city Berlin or Paris`."""
    kinds = {modifier.kind for modifier in modifiers}
    if len(kinds) == 1 and kinds <= {"with", "without"}:
        texts = [modifier.text for modifier in modifiers]
        common_prefix = texts[0].rpartition(" ")[0]
        if common_prefix and all(text.startswith(f"{common_prefix} ") for text in texts):
            texts = [texts[0], *(text.removeprefix(f"{common_prefix} ") for text in texts[1:])]
            return Modifier(modifiers[0].kind, join_phrases(texts, "or"))
        return Modifier(modifiers[0].kind, f"either {join_phrases(texts, 'or')}")
    return Modifier(
        "that", "are either " + join_phrases([modifier.result_rows for modifier in modifiers], "or")
    )


def _period_phrase(period: str) -> str:
    """Lead a period in: `orders in 2025`, but `orders from last month`."""
    return f" {period}" if period.split(" ", maxsplit=1)[0] in _LED_IN else f" from {period}"

"""Read the functions before a noun: `average`, `minimum, maximum and average`, `highest and lowest`."""

from agent.builtin.grammar.ahead import noun_follows
from agent.builtin.grammar.reader import Reader
from agent.builtin.plan import Function
from agent.builtin.signs import Sign

_EXTREMES = {"desc": "max", "asc": "min"}


def read_functions(reader: Reader) -> tuple[Function, ...]:
    """`average`, or `minimum, maximum and average`; not where the word is a column by itself."""
    found: list[Function] = []
    start = reader.at
    while sign := reader.sign("agg") or _extreme_beside(reader, bool(found)):
        piece = reader.peek()
        if piece and piece.is_noun and not noun_follows(reader, 1):
            break
        found.append(_EXTREMES.get(sign.arg, sign.arg))  # type: ignore[arg-type]  # the lexicon has only functions
        reader.at += 1
        ahead = 0
        while reader.sign("comma", "and", "all", ahead=ahead):
            ahead += 1
        if reader.sign("agg", "sup", ahead=ahead):
            reader.at += ahead
    if not found:
        reader.at = start
    return tuple(found)


def _extreme_beside(reader: Reader, begun: bool) -> Sign | None:
    """`highest and average price`: beside an aggregate a superlative is one too."""
    sign = reader.sign("sup")
    if not sign or (sign.about and not _of_its_property(reader, sign)):
        return None
    if begun:
        return sign
    ahead = 1
    while reader.sign("and", "comma", "all", ahead=ahead):
        ahead += 1
    before = reader.peek(-1)
    beside = ahead > 1 and reader.sign("agg", "sup", ahead=ahead)
    after = before is not None and before.sign("and", "comma", "agg") and reader.wants == [] and reader.at > 1
    return sign if beside or after else None


def _of_its_property(reader: Reader, sign: Sign) -> bool:
    """`the cheapest and the most expensive price` are two prices, and no products."""
    ahead = 1
    while reader.sign("and", "comma", "all", "sup", "agg", ahead=ahead):
        ahead += 1
    noun = reader.peek(ahead)
    return noun is not None and " ".join(noun.lemmas) in sign.about.split("|")

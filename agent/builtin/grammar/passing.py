"""Pass over words that say nothing new."""

from agent.builtin.grammar.reader import Reader

_VAGUE = frozenset(
    {
        "size", "amount", "value", "number", "count", "function", "level", "rate", "policy", "data", "figure",
        "quantity", "item", "entry", "record", "history", "usage", "resource", "degree",
    }
)  # fmt: skip


def skip_vague(reader: Reader) -> bool:
    """`enrollment size`, `phone number`: behind a column such a word says nothing new."""
    piece, before = reader.peek(), reader.peek(-1)
    if not piece or not before or piece.lemmas[:1] not in {(word,) for word in _VAGUE} or piece.number:
        return False
    if not any(ref.score > 0.9 and ref.kind != "value" for ref in before.refs):
        return False
    if any(ref.score > 0.8 for ref in piece.refs):
        return False
    reader.at += 1
    return True


def skip_in_all(reader: Reader) -> bool:
    """`in total`, `altogether`: a count or a sum is of all anyhow."""
    piece = reader.peek()
    if not piece or piece.text.lower() not in {
        "in total",
        "total",
        "overall",
        "combined",
        "altogether",
        "all together",
    }:
        return False
    if piece.is_noun or not any(want.counted or want.functions for want in reader.wants):
        return False
    reader.at += 1
    return True


def skip_across_all(reader: Reader) -> bool:
    """`across all schools` is over all of them, and not for each."""
    piece = reader.peek()
    if not piece or piece.text.lower() != "across" or not reader.sign("all", ahead=1):
        return False
    reader.at += 2
    return True


def skip_consumed(reader: Reader) -> bool:
    """Pieces that were read ahead of their turn."""
    piece = reader.peek()
    if piece and piece.first in reader.consumed:
        reader.at += 1
        return True
    return False

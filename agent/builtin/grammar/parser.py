"""Read a whole question: its selection, then clause by clause, trying the rules in order at each piece."""

from collections.abc import Callable

from agent.builtin.grammar.comparisons import read_comparison
from agent.builtin.grammar.conditions import end_absence, settle_column
from agent.builtin.grammar.conjunctions import read_joiner, read_negation, read_next_sentence
from agent.builtin.grammar.date_filters import read_period
from agent.builtin.grammar.grouping import read_bucket, read_group
from agent.builtin.grammar.mentions import read_noun
from agent.builtin.grammar.negation import end_negation
from agent.builtin.grammar.numeric_filters import read_between, read_number
from agent.builtin.grammar.ordering import move_sorting, read_order
from agent.builtin.grammar.select_items import read_more_wanted
from agent.builtin.grammar.selection import read_selection
from agent.builtin.grammar.state import Reader
from agent.builtin.grammar.superlatives import read_superlative
from agent.builtin.grammar.text_filters import read_like, read_null
from agent.builtin.grammar.value_filters import read_quoted, read_value
from agent.builtin.lexicon.function_words import Kind

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


_OPENERS: tuple[Kind, ...] = (
    "show", "what", "who", "be", "all", "it", "there", "filler", "stop", "also", "comma", "only",
)  # fmt: skip


_FORM: tuple[Kind, ...] = (
    "what", "show", "be", "all", "it", "there", "filler", "also", "who", "that", "with", "have",
    "whose", "where",
    "prep", "only", "same", "than", "stop", "both", "either", "when", "information", "count",
    "distinct", "verb",
    "like", "by", "each", "bucket",
)  # fmt: skip


def read_question(reader: Reader) -> None:
    """Read a whole question."""
    _move_preamble(reader)
    move_sorting(reader)
    if reader.sign("each", "by") and not reader.sign("what"):
        read_group(reader)
        while reader.sign("comma"):
            reader.at += 1
    read_selection(reader)
    read_clauses(reader)


def _move_preamble(reader: Reader) -> None:
    """`In 2025, how many orders …` is read as `how many orders … in 2025`."""
    first = reader.peek()
    if not first or not (first.sign("prep") or first.period) or first.is_noun:
        return
    commas = [n for n, piece in enumerate(reader.pieces) if piece.sign("comma")]
    if not commas:
        return
    comma = commas[0]
    after = reader.pieces[comma + 1] if comma + 1 < len(reader.pieces) else None
    if after and (after.sign("what", "show", "count", "who", "much") or after.is_noun):
        ends = [p for p in reader.pieces[comma + 1 :] if not p.sign("stop")]
        reader.pieces = (*ends, *reader.pieces[:comma])


def read_clauses(reader: Reader) -> None:
    """Apply the first rule that fits, until all pieces are read."""
    reader.rules = RULES
    reader.read_rest()
    settle_column(reader)
    end_negation(reader)
    end_absence(reader)


def skip_form(reader: Reader) -> bool:
    """Words of form that no rule needed; `whose` and `who` speak of the entity again."""
    piece = reader.peek()
    if not piece or not piece.sign(*_FORM):
        return False
    if piece.sign("verb", "like") and len(piece.signs) == 1 and not (_joins(reader) or reader.asks):
        return False
    reader.skipped.extend(sign.kind for sign in piece.signs[:1])
    if piece.sign("both"):
        reader.both = True
    if piece.sign("distinct"):
        reader.distinct = True
    if piece.sign("stop"):
        settle_column(reader)
        end_absence(reader)
    reader.at += 1
    return True


def _joins(reader: Reader) -> bool:
    """Whether a verb stands next to something it can join: `produced by the company`."""
    ahead = 1
    while reader.sign(
        "prep", "all", "by", "be", "it", "that", "filler", "verb", "each", "distinct", ahead=ahead
    ):
        ahead += 1
    after, before = reader.peek(ahead), reader.peek(-1)
    joined = after is not None and (
        bool(after.refs or after.number or after.period or after.quoted)
        or after.sign("op", "sup", "common", "agg", "count", "between", "not") is not None
    )
    pronoun = before is not None and before.sign("it") is not None
    elsewhere = bool(reader.tables or reader.group)
    return joined or bool(before and (before.refs or before.quoted or pronoun) and elsewhere)


Rule = Callable[[Reader], bool]


RULES: tuple[Rule, ...] = (
    skip_consumed,
    skip_vague,
    skip_in_all,
    skip_across_all,
    read_next_sentence,
    read_bucket,
    read_group,
    read_order,
    read_between,
    read_comparison,
    read_superlative,
    read_like,
    read_null,
    read_negation,
    read_period,
    read_value,
    read_number,
    read_quoted,
    read_more_wanted,
    read_joiner,
    read_noun,
    skip_form,
)

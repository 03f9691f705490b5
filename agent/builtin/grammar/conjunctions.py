"""Read what joins and turns clauses: `and`, `or`, `but`, `not`, and the next sentence."""

from agent.builtin.grammar.conditions import end_absence, settle_column
from agent.builtin.grammar.lookahead import begins_item
from agent.builtin.grammar.selection import read_selection
from agent.builtin.grammar.state import Reader


def read_next_sentence(reader: Reader) -> bool:
    """`… List the first and last names.` says more exactly what is to be shown."""
    if not reader.sign("stop", "comma", "and") or not reader.sign("show", "what", ahead=1):
        return False
    stop = reader.sign("stop")
    adds = reader.sign("and") is not None
    if not stop and not reader.wants:
        return False
    if not stop and reader.sign("show", ahead=1) and not begins_item(reader, 2):
        return False
    settle_column(reader)
    end_absence(reader)
    reader.at += 1
    before, reader.wants = reader.wants, []
    focus = reader.focus
    reader.focus = reader.entity
    read_selection(reader)
    if not reader.wants:
        reader.wants = before
    elif adds:
        reader.wants = [*before, *reader.wants]
    reader.focus = focus
    return True


def read_negation(reader: Reader) -> bool:
    """`not`, `without`, `never`, `except`: turns the next condition round."""
    if not reader.sign("not", "except", "neither"):
        return False
    if reader.sign("except"):
        settle_column(reader)
        end_absence(reader)
        reader.focus = reader.entity
    reader.at += 1
    reader.negated = True
    return True


def read_joiner(reader: Reader) -> bool:
    """`and`, `or`, `but` and commas between conditions; `and the average age` shows more."""
    sign = reader.sign("and", "or", "but", "comma", "nor")
    piece = reader.peek()
    if not sign or (piece and piece.is_noun):
        return False
    reader.at += 1
    if sign.kind == "nor":
        reader.joiner = "and"
        reader.negated = True
        return True
    if sign.kind == "or":
        reader.joiner = "or"
        return True
    if reader.column is None or sign.kind == "but":
        settle_column(reader)
    if not _continues(reader):
        end_absence(reader)
        reader.negated = False
    return True


def _continues(reader: Reader) -> bool:
    """Whether a list of values goes on behind a comma."""
    piece = reader.peek()
    return piece is not None and bool(piece.values or piece.quoted or piece.sign("or", "and"))

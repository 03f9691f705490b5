"""Take a noun with what belongs to it: `singer names`, `the singer's name`, `name of the singer`."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun
from agent.builtin.grammar.lookahead import compared, is_date, summable
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.linking.name_index import Ref
from agent.builtin.linking.spans import Piece


def take_noun(reader: Reader, want: Want) -> None:
    """Take the noun at hand with what belongs to it: `the singer's name`, `name of the singer`."""
    piece = reader.peek()
    assert piece is not None
    best = best_noun(reader, piece)
    if want.functions and not want.counted and best and best.kind == "table" and summable(reader, piece):
        best = None
    reader.at += 1
    following = reader.peek()
    possessive = bool(reader.sign("prep") and reader.sign("prep").arg == "has")  # type: ignore[union-attr]
    if best and best.kind == "table" and following:
        noun = reader.peek(1) if possessive else following
        dated = (
            noun is not None
            and want.counted
            and any(is_date(reader, ref, best.table) for ref in noun.columns[:1])
        )
        if noun and not dated and _belongs(reader, noun, best.table, 1 + possessive):
            reader.at += 2 if possessive else 1
            reader.scores.append(best.score)
            reader.wants.append(replace(want, piece=noun, owner=best.table))
            _read_owner(reader)
            return
    if best and want.functions and following and _measured_elsewhere(reader, following):
        reader.at += 1
        reader.wants.append(replace(want, piece=following))
        _read_owner(reader)
        return
    if best and best.kind == "table":
        reader.scores.append(best.score)
        reader.wants.append(replace(want, piece=piece, table=best.table, owner=best.table))
    else:
        reader.wants.append(replace(want, piece=piece))
    _read_owner(reader)


def _measured_elsewhere(reader: Reader, piece: Piece) -> bool:
    """`average song duration`, where another table says how long songs are."""
    return bool(
        piece.columns and piece.refs[0].kind == "column" and piece.refs[0].score > 0.9 and not piece.signs
    )


def _belongs(reader: Reader, noun: Piece, table: str, ahead: int) -> bool:
    """Whether the noun behind a table is a column of it that is shown, and not the start of a condition."""
    if not noun.is_noun or noun.sign("order", "by", "and", "op") or not _column_of(reader, noun, table):
        return False
    if compared(reader, ahead - 1) or noun.values:
        return False
    while reader.sign("prep", "all", ahead=ahead):
        ahead += 1
    after = reader.peek(ahead)
    return not (after and after.period and any(is_date(reader, ref, table) for ref in noun.columns))


def _column_of(reader: Reader, piece: Piece, table: str) -> bool:
    facts = reader.schema.facts[table]
    own = [ref for ref in piece.columns if ref.table == table and ref.score >= 0.5]
    own = [ref for ref in own if not facts.is_boolean(ref.column or "")]
    tables = [ref for ref in piece.tables if ref.score >= 0.95 and ref.table != table]
    return bool(own) and (not tables or own[0].score >= 0.95)


def _read_owner(reader: Reader) -> None:
    """`… of the singers`: the table whose columns were named."""
    ahead = _owner_ahead(reader)
    piece = reader.peek(ahead) if ahead else None
    best = best_noun(reader, piece) if piece and piece.is_noun and not piece.sign("each") else None
    if piece and best and not piece.tables and _names_itself(reader, best):
        reader.at += ahead + 1
        reader.wants[-1] = replace(reader.wants[-1], piece=piece)
        return
    if not best or best.kind != "table" or best.score < 0.6:
        return
    following = reader.peek(ahead + 1)
    further = following is not None and following.is_noun and not following.sign("and", "op")
    if following and further and _column_of(reader, following, best.table):
        return
    described = [one for n in range(1, ahead) if (one := reader.peek(n)) and not one.is_noun]
    reader.pending_values.extend(one for one in described if one.values)
    if not reader.wants[-1].counted:
        # `the names of all different products`
        reader.distinct = reader.distinct or any(one.sign("distinct") for one in described)
    reader.at += ahead + 1
    reader.scores.append(best.score)
    _own(reader, best.table)


def _names_itself(reader: Reader, best: Ref) -> bool:
    """`the names of the directors`, where directors are no table but a text: the text is their name."""
    said = reader.wants[-1].piece
    if said is None or said.lemmas != ("name",) or best.kind != "column" or best.score < 0.95:
        return False
    facts = reader.schema.facts[best.table]
    return facts.column(best.column or "").kind == "text" and best.column not in facts.keys


def _owner_ahead(reader: Reader) -> int:
    """How far ahead the noun behind `of` is, past small words and values that describe it; 0 without `of`."""
    sign = reader.sign("prep")
    if not sign or sign.arg not in {"of", "for"}:
        return 0
    ahead = 1
    while (piece := reader.peek(ahead)) and piece.sign("all", "it", "distinct", "both") and not piece.is_noun:
        ahead += 1
    while (piece := reader.peek(ahead)) and piece.values and not piece.is_noun:
        after = reader.peek(ahead + 1)
        if not after or not after.is_noun:
            break
        ahead += 1
    return ahead


def _own(reader: Reader, table: str) -> None:
    want = reader.wants[-1]
    if want.counted and want.table:
        reader.mention(table)
        return
    reader.wants[-1] = replace(want, owner=table, table=want.table if want.counted else None)
    if want.table and not want.counted:
        # `the orders of the customers`: both are meant, the first is shown.
        reader.wants[-1] = replace(want, owner=want.table)
        reader.mention(table)

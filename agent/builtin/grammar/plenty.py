"""Say what there is most of, where a noun leaves it open: rows, pieces, or amounts."""

from agent.builtin.grammar.reader import Reader
from agent.builtin.pieces import Piece
from agent.builtin.plan import Col, Measure


def pieces_of(reader: Reader, table: str) -> Measure | None:
    """`returned the most products` counts pieces, where returns say how many."""
    lines = [other for other in reader.tables if other not in {reader.entity, table}]
    if not lines or reader.schema.to_many(lines[-1], table):
        return None
    facts = reader.schema.facts[lines[-1]]
    for column in facts.table.columns:
        if "quantity" in facts.words_of(column.name) and facts.is_measure(column.name):
            return Measure("sum", Col(lines[-1], column.name))
    return None


def amount_of(reader: Reader, table: str) -> Col | None:
    """`the greatest total amount of loans` adds up what the loans come to."""
    facts = reader.schema.facts[table]
    for column in facts.table.columns:
        if {"amount", "total", "value"} & set(facts.words_of(column.name)) and facts.is_measure(column.name):
            return Col(table, column.name)
    return None


def stored_number(reader: Reader, piece: Piece) -> Col | None:
    """`the most customers`, where the entity has a column `number of customers`."""
    found = reader.schema.names.find(["number", *piece.lemmas])
    own = [r for r in found if r.table == reader.entity and r.score > 0.9 and r.why in {"name", "label"}]
    facts = reader.schema.facts[reader.entity] if reader.entity else None
    usable = [r.column for r in own if r.column and facts and facts.is_measure(r.column)]
    return Col(reader.entity or "", usable[0]) if usable else None

"""Read periods, and find the date that they are about."""

from agent.builtin.grammar.conditions import add_condition, settle_column
from agent.builtin.grammar.measures import adds_up_want
from agent.builtin.grammar.state import Reader
from agent.builtin.plan.model import (
    AnyOf,
    Between,
    Bucket,
    Col,
    Compare,
    Condition,
    During,
    Measure,
    Plan,
    Unit,
    columns_of,
)
from agent.builtin.text.intervals import Period
from store.catalog import Column


def read_period(reader: Reader) -> bool:
    """`last month`, `in 2025`, `since March`: said of the date just named, or of the nearest one."""
    piece = reader.peek()
    if not piece or not piece.period:
        return False
    period = piece.period
    if reader.column and not _dated(reader, reader.column):
        settle_column(reader)
    column = reader.date or (reader.column if reader.column and _dated(reader, reader.column) else None)
    column = column or nearest_date(reader, bare=period.bare)
    reader.at += 1
    if column is None:
        reader.give_up_on(piece)
        return True
    condition = _in_period(reader, column, period)
    last = reader.where[-1] if reader.where else None
    before = reader.peek(-2)
    joined = before is not None and before.sign("and", "or", "comma") and not reader.negated
    if joined and last is not None and _same_date(last, column) and not period.relation:
        # `in 2024 and 2025`: no date lies in both.
        reader.where[-1] = (
            AnyOf((*last.parts, condition)) if isinstance(last, AnyOf) else AnyOf((last, condition))
        )
    else:
        add_condition(reader, condition)
    if reader.compares and not reader.bucket:
        reader.bucket = "year" if period.is_years else "month"
    reader.column = None
    return True


def _same_date(condition: Condition, column: Col) -> bool:
    return set(columns_of(condition)) == {column} and isinstance(condition, During | AnyOf)


def _dated(reader: Reader, column: Col) -> bool:
    facts = reader.schema.facts[column.table]
    return facts.is_date(column.column) or facts.is_year(column.column)


def _in_period(reader: Reader, column: Col, period: Period) -> Condition:
    facts = reader.schema.facts[column.table]
    if facts.is_date(column.column):
        start, end = period.start, period.end
        return During(
            column, start.isoformat() if start else None, end.isoformat() if end else None, period.words
        )
    low = period.start.year if period.start else None
    high = period.end.year if period.end else None
    if low is not None and high is not None:
        return Compare(column, "=", low) if high == low + 1 else Between(column, low, high - 1)
    return Compare(column, ">=", low) if low is not None else Compare(column, "<", high or 0)


def nearest_date(reader: Reader, *, bare: bool = False) -> Col | None:
    """The date that a period without a column is about.

    It is the date of what is measured, else of the table whose rows belong to the others' (of orders, not of
    customers), else of what those belong to.
    """
    if reader.context and (kept := _date_in(reader.context)):
        return kept
    conditioned = [col.table for condition in reader.where for col in columns_of(condition)]
    spoken = [table for table in (reader.focus, reader.entity, *reversed(reader.tables)) if table]
    tables = list(dict.fromkeys((*_measured_tables(reader), *_facts_first(reader, spoken), *conditioned)))
    if bare:
        years = (
            (t, c.name) for t in tables for c in _columns(reader, t) if reader.schema.facts[t].is_year(c.name)
        )
        dated = next((t for t in tables if reader.schema.facts[t].dates), None)
        for table, name in years:
            if dated is None or tables.index(table) <= tables.index(dated):
                return Col(table, name)
    for table in tables:
        if found := _date_of(reader, table):
            return found
    return None


def _date_in(plan: Plan) -> Col | None:
    """The date that the last plan was already about."""
    for condition in plan.where:
        if isinstance(condition, During) and isinstance(condition.item, Col):
            return condition.item
    return next((item.col for item in plan.show if isinstance(item, Bucket)), None)


def _columns(reader: Reader, table: str) -> tuple[Column, ...]:
    return reader.schema.facts[table].table.columns


def _date_of(reader: Reader, table: str) -> Col | None:
    """The main date of a table, or of the nearest table that its rows belong to."""
    facts = reader.schema.facts[table]
    if facts.dates:
        return Col(table, facts.dates[0])
    for edge in reader.schema.graph.edges(table):
        dates = reader.schema.facts[edge.other].dates
        if dates and not edge.multiplies:
            return Col(edge.other, dates[0])
    return None


def _measured_tables(reader: Reader) -> list[str]:
    wanted = [want.col.table for want in reader.wants if want.col and want.functions]
    if reader.top and reader.top.about.startswith("sold"):
        sold = [ref.table for ref in reader.schema.names.find(["sell"]) if ref.column and ref.score > 0.9]
        wanted += sold[:1]
    items = [want.item for want in reader.wants] + ([reader.top.item] if reader.top else [])
    items += reader.context.show if reader.context else ()
    wanted += [m.of or next(columns_of(m)).table for m in items if isinstance(m, Measure)]
    return [*wanted, *(want.col.table for want in reader.wants if want.col and adds_up_want(reader, want))]


def _facts_first(reader: Reader, tables: list[str]) -> list[str]:
    """Tables with many rows for one of another's come first."""
    return sorted(tables, key=lambda table: -sum(reader.schema.to_many(other, table) for other in tables))


def bucket_of(reader: Reader, unit: Unit) -> Bucket | None:
    """The date that a unit of the calendar cuts."""
    date = reader.date or nearest_date(reader)
    return Bucket(date, unit) if date else None

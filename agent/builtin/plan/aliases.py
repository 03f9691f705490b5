"""Name the columns of a result that are more than a column."""

from collections.abc import Mapping

from agent.builtin.plan.model import Bucket, Col, Item, LineAmount, Measure, Share, Span, Years
from agent.builtin.schema.column_roles import Facts

SAID: Mapping[str, str] = {
    "count": "number_of",
    "sum": "total",
    "avg": "average",
    "min": "lowest",
    "max": "highest",
}
"""How each function is called in the name of a column."""

_PLAIN: Mapping[type, str] = {LineAmount: "amount", Years: "age", Span: "days", Share: "percent"}


def alias_of(item: Item, facts: Mapping[str, Facts]) -> str:
    """A name for an item: `number_of_orders`, `average_price`, `month`."""
    match item:
        case Measure():
            return _measured(item, facts)
        case Bucket(_, unit):
            return unit
        case Col(table, column):
            return "_".join(facts[table].words_of(column))
    return _PLAIN[type(item)]


def _measured(measure: Measure, facts: Mapping[str, Facts]) -> str:
    if measure.function == "count":
        return f"number_of_{_counted(measure, facts)}"
    about = alias_of(measure.term, facts) if measure.term else "rows"
    said = SAID[measure.function]
    return about if about == said else f"{said}_{about}"


def _counted(measure: Measure, facts: Mapping[str, Facts]) -> str:
    term, of = measure.term, measure.of
    rows = of is not None and isinstance(term, Col) and term.table == of
    if isinstance(term, Col) and not (rows and term.column in facts[term.table].table.primary_key):
        return alias_of(term, facts)
    return facts[of].table.name.lower() if of else "rows"

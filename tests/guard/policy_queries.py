"""Random queries over the small shop: joins, CTEs, set operations, sub-queries, aggregates, windows."""

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from store.catalog import Dialect

TABLES = {
    "customers": (("id", "age"), ("region", "name", "email")),
    "orders": (("id", "customer_id", "total"), ("region", "note")),
    "items": (("order_id", "qty"), ("label",)),
    "words": (("id",), ("word",)),
}
HOME: dict[Dialect, str] = {"postgres": "public", "sqlite": "main", "duckdb": "main"}
# Of a deeper query the guard, or the reader of a failure, would say that it is too much.
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Around:
    """What a part of a query can name: the numbers and texts in reach, and the CTEs."""

    dialect: Dialect
    depth: int = 0
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    ctes: tuple[str, ...] = ()
    # Of CTEs that are just being written: SQLite takes one that names itself for a recursive one.
    begun: tuple[str, ...] = ()
    names: list[int] = field(default_factory=lambda: [0])

    def fresh(self) -> str:
        """A name that no other part has."""
        self.names[0] += 1
        return f"t{self.names[0]}"

    def deeper(self) -> "Around":
        return replace(self, depth=self.depth + 1)

    @property
    def is_deep(self) -> bool:
        return self.depth >= DEEPEST


def queries(dialect: Dialect) -> SearchStrategy[str]:
    """Whole queries of two columns, a number and a text."""
    return _query(Around(dialect))


@st.composite
def _query(draw: DrawFn, around: Around) -> str:
    kinds = ["select"] * 3 if around.is_deep else ["select"] * 4 + ["union", "cte", "cte", "limited"]
    match draw(st.sampled_from(kinds)):
        case "union":
            word = draw(st.sampled_from(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]))
            one, other = draw(_select(around.deeper())), draw(_select(around.deeper()))
            return f"{one} {word} {other}"
        case "cte":
            # Named like a table, it stands in its place.
            name = draw(st.sampled_from(["orders", "customers", "x", "y"]))
            if name in around.ctes:
                return draw(_select(around))
            begun = (*around.begun, name) if around.dialect == "sqlite" else ()
            body = draw(_query(replace(around.deeper(), begun=begun)))
            return f"WITH {name} AS ({body}) {draw(_select(replace(around, ctes=(*around.ctes, name))))}"
        case "limited":
            return f"{draw(_select(around))} ORDER BY 1, 2 LIMIT {draw(st.integers(0, 9))}"
    return draw(_select(around))


@st.composite
def _select(draw: DrawFn, around: Around) -> str:
    source, seen = draw(_joined(around))
    where = f" WHERE {draw(_condition(seen))}" if draw(st.booleans()) else ""
    number, text = draw(_number(seen)), draw(_text(seen))
    match draw(st.sampled_from(["plain", "plain", "distinct", "total", "groups", "window", "star"])):
        case "distinct":
            return f"SELECT DISTINCT {number} AS c0, {text} AS c1 FROM {source}{where}"
        case "total":
            return f"SELECT {draw(_aggregate(seen))} AS c0, MAX({text}) AS c1 FROM {source}{where}"
        case "groups":
            key = draw(st.sampled_from(seen.texts))
            having = " HAVING COUNT(*) > 1" if draw(st.booleans()) else ""
            total = draw(_aggregate(seen))
            return f"SELECT {total} AS c0, {key} AS c1 FROM {source}{where} GROUP BY {key}{having}"
        case "window":
            key, by = draw(st.sampled_from(seen.texts)), draw(st.sampled_from(seen.numbers))
            call = draw(st.sampled_from([f"SUM({by})", "COUNT(*)", "RANK()", "DENSE_RANK()"]))
            over = f"{call} OVER (PARTITION BY {key} ORDER BY {by})"
            return f"SELECT {over} AS c0, {text} AS c1 FROM {source}{where}"
        case "star" if not where:
            table = draw(st.sampled_from(sorted(TABLES)))
            numbers, texts = TABLES[table]
            name = around.fresh()
            inner = f"(SELECT * FROM {_written(draw, table, around)}) AS {name}"
            return f"SELECT {name}.{numbers[-1]} AS c0, {name}.{texts[-1]} AS c1 FROM {inner}"
    return f"SELECT {number} AS c0, {text} AS c1 FROM {source}{where}"


@st.composite
def _joined(draw: DrawFn, around: Around) -> tuple[str, Around]:
    """Something to read from, alone or joined to another, and what can be named then."""
    source, seen = draw(_source(around))
    if around.is_deep or draw(st.booleans()):
        return source, seen
    other, also = draw(_source(around))
    both = replace(seen, numbers=seen.numbers + also.numbers, texts=seen.texts + also.texts)
    ours, theirs = draw(st.sampled_from(seen.numbers)), draw(st.sampled_from(also.numbers))
    how = draw(st.sampled_from(["JOIN", "LEFT JOIN", "JOIN"]))
    joined = f"{source} {how} {other} ON {ours} = {theirs}"
    return (f"({joined})" if draw(st.booleans()) else joined), both


@st.composite
def _source(draw: DrawFn, around: Around) -> tuple[str, Around]:
    name = around.fresh()
    kinds = ["table"] * 4 + ["cte"] * 3 * bool(around.ctes) + ["sub"] * (not around.is_deep)
    match draw(st.sampled_from(kinds)):
        case "cte":
            return f"{draw(st.sampled_from(around.ctes))} AS {name}", _reach(around, name, ("c0",), ("c1",))
        case "sub":
            # What stands beside it in FROM cannot be seen from inside.
            inner = draw(_query(replace(around.deeper(), numbers=(), texts=())))
            return f"({inner}) AS {name}", _reach(around, name, ("c0",), ("c1",))
    table = draw(st.sampled_from(sorted(TABLES)))
    return f"{_written(draw, table, around)} AS {name}", _reach(around, name, *TABLES[table])


def _written(draw: DrawFn, table: str, around: Around) -> str:
    home = f"{HOME[around.dialect]}."
    if table in around.ctes or table in around.begun:
        return home + table
    return draw(st.sampled_from([table, home + table, f'"{table}"', table.upper()]))


def _reach(around: Around, name: str, numbers: tuple[str, ...], texts: tuple[str, ...]) -> Around:
    return replace(
        around,
        numbers=tuple(f"{name}.{column}" for column in numbers),
        texts=tuple(f"{name}.{column}" for column in texts),
    )


@st.composite
def _number(draw: DrawFn, seen: Around) -> str:
    column = draw(st.sampled_from(seen.numbers))
    options = [column, column, column, f"({column} + 1)", f"COALESCE({column}, 0)", "3"]
    options += [f"LENGTH({draw(st.sampled_from(seen.texts))})"]
    chosen = draw(st.sampled_from([*options, "scalar"]))
    if chosen != "scalar" or seen.is_deep:
        return column if chosen == "scalar" else chosen
    source, inner = draw(_joined(seen.deeper()))
    related = draw(st.sampled_from(inner.numbers))
    return f"(SELECT {draw(_aggregate(inner))} FROM {source} WHERE {related} >= {column})"


@st.composite
def _text(draw: DrawFn, seen: Around) -> str:
    column = draw(st.sampled_from(seen.texts))
    return draw(st.sampled_from([column, column, f"COALESCE({column}, 'z')", f"LOWER({column})", "'EU'"]))


@st.composite
def _aggregate(draw: DrawFn, seen: Around) -> str:
    column = draw(st.sampled_from([*seen.numbers, *seen.texts]))
    number = draw(st.sampled_from(seen.numbers))
    return draw(
        st.sampled_from(
            ["COUNT(*)", f"COUNT({column})", f"COUNT(DISTINCT {column})", f"SUM({number})", f"MIN({number})"]
        )
    )


@st.composite
def _condition(draw: DrawFn, seen: Around) -> str:
    number, text = draw(st.sampled_from(seen.numbers)), draw(st.sampled_from(seen.texts))
    plain = [
        f"{number} > {draw(st.integers(-5, 40))}",
        f"{text} = 'EU'",
        f"{text} IS NULL",
        f"{text} LIKE '%4%'",
    ]
    plain += [f"{number} IN (1, 2, 5, 30)", f"NOT {number} = 2", f"{text} <> 'EU'"]
    kinds = ["plain"] if seen.is_deep else ["plain", "plain", "both", "exists", "in"]
    match draw(st.sampled_from(kinds)):
        case "both":
            one, other = draw(_condition(seen.deeper())), draw(_condition(seen.deeper()))
            return f"({one} {draw(st.sampled_from(['AND', 'OR']))} {other})"
        case "exists":
            source, inner = draw(_joined(seen.deeper()))
            related = draw(st.sampled_from(inner.numbers))
            word = draw(st.sampled_from(["EXISTS", "NOT EXISTS"]))
            return f"{word} (SELECT 1 FROM {source} WHERE {related} = {number})"
        case "in":
            inner_query = draw(_query(replace(seen.deeper(), numbers=(), texts=())))
            return f"{number} IN (SELECT i.c0 FROM ({inner_query}) AS i)"
    return draw(st.sampled_from(plain))

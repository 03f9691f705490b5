"""Words of the house: what a business term means, and how a metric is reckoned."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schema_docs.facts import table_of
from schema_docs.schema_map import Term
from schema_docs.values import words_of
from schema_docs.words import stem
from schema_docs.yaml_tree import Branch
from store.catalog import Catalog, Dialect, Table

MOST_MEANING = 1_000
MOST_SQL = 2_000
# More terms in one question than this would crowd out its tables.
MOST_TERMS = 8

_SAYS = ("meaning", "definition", "description", "means")
_RECKONS = ("sql", "expression", "condition", "filter", "formula")
_POINTS = ("about", "applies_to", "tables", "columns", "table", "column", "model")
_CALLS = ("synonyms", "aliases")
_NAMES = ("term", "metric", "name", "title")

Tell = Callable[[int, str], None]


@dataclass(frozen=True)
class TermReader:
    """Reads terms of one catalog; `find` resolves a table's name, `tell` hears of what cannot be used."""

    catalog: Catalog
    find: Callable[[str], Table | None]
    tell: Tell

    def read(self, root: Branch) -> Iterator[Term]:
        """Give the terms and metrics of a file."""
        for kind in ("terms", "metrics"):
            for entry in root.at(kind).items():
                if term := self._read(entry, "metric" if kind == "metrics" else "term"):
                    yield term

    def _read(self, entry: Branch, kind: Literal["term", "metric"]) -> Term | None:
        name = next((entry.at(key).text() for key in _NAMES if entry.at(key).text()), "")
        if not name:
            self.tell(entry.line, "A term without a name.")
            return None
        sql = " ".join(_first(entry, _RECKONS).split())[:MOST_SQL]
        about = [*self._pointed(entry)]
        if None in about and not any(about):
            return None
        places = dict.fromkeys([place for place in about if place])
        if sql:
            places |= dict.fromkeys(self._used(sql, entry.line, [*places]))
        label = entry.at("label").text()
        called = [*strings(entry, *_CALLS), *strings(entry.at("meta"), "synonyms"), label]
        return Term(
            name=name,
            meaning=" ".join(_first(entry, _SAYS).split())[:MOST_MEANING],
            kind=kind,
            synonyms=tuple(dict.fromkeys(word for word in called if word and word != name)),
            sql=sql,
            unit=entry.at("unit").text() or None,
            about=tuple(places),
        )

    def _pointed(self, entry: Branch) -> Iterator[str | None]:
        """Give each place a term is about; None for one that does not exist."""
        for key in _POINTS:
            given = entry.at(key)
            for branch in given.items() if isinstance(given.value, list) else [given]:
                if branch.text():
                    place = self.place(table_of(branch.text()))
                    if place is None:
                        self.tell(branch.line, f"There is no table or column {branch.text()!r}.")
                    yield place

    def place(self, name: str) -> str | None:
        """Give the full name of a table or of a `table.column`; None where there is none."""
        if table := self.find(name):
            return table.full_name
        owner, _, column = name.rpartition(".")
        table = self.find(owner) if owner else None
        known = [each for each in table.columns if each.name.casefold() == column.casefold()] if table else []
        return f"{table.full_name}.{known[0].name}" if table and known else None

    def _used(self, sql: str, line: int, about: Sequence[str]) -> Iterator[str]:
        """Give the places that SQL names; what it names in vain is told."""
        tree = parsed(sql, self.catalog.dialect)
        if tree is None:
            self.tell(line, "Its SQL cannot be read.")
            return
        tables = [*tree.find_all(exp.Table)]
        for table in tables:
            if (found := self.find(table.name)) is None:
                self.tell(line, f"Its SQL names a table {table.name!r} that does not exist.")
            else:
                yield found.full_name
        aliases = {table.alias for table in tables}
        for column in tree.find_all(exp.Column):
            if column.table and column.table not in aliases:
                place = self.place(f"{column.table}.{column.name}")
                if place is None:
                    self.tell(line, f"Its SQL names {column.table}.{column.name}, which does not exist.")
                else:
                    yield place
            else:
                yield from filter(None, [self.place(f"{table}.{column.name}") for table in about])


def parsed(sql: str, dialect: Dialect) -> exp.Expr | None:
    """Parse an expression, a condition or a query; None where it is neither."""
    try:
        return sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return None


def summed_column(term: Term, dialect: Dialect) -> str | None:
    """Give the one column of which a metric is the plain sum, as `table.column`; None of any other."""
    tree = parsed(term.sql, dialect) if term.kind == "metric" and term.sql else None
    if not isinstance(tree, exp.Sum) or not isinstance(tree.this, exp.Column):
        return None
    ending = f".{tree.this.name}".casefold()
    columns = [place for place in term.about if place.casefold().endswith(ending)]
    return columns[0] if len(columns) == 1 else None


def terms_in(question: str, terms: Iterable[Term]) -> tuple[Term, ...]:
    """Give the terms that a question names, by their names or synonyms, the longest names first."""
    said = f" {_stems(question)} "
    named = [
        (max(lengths), term)
        for term in terms
        if (
            lengths := [len(name) for name in map(_stems, (term.name, *term.synonyms)) if f" {name} " in said]
        )
    ]
    return tuple(term for _, term in sorted(named, key=lambda hit: -hit[0])[:MOST_TERMS])


def strings(entry: Branch, *keys: str) -> list[str]:
    """Give what is written under these keys, as one text or as a list."""
    given = [entry.at(key) for key in keys]
    return [
        word.text()
        for branch in given
        for word in (branch.items() if isinstance(branch.value, list) else [branch])
        if word.text()
    ]


def _first(entry: Branch, keys: Sequence[str]) -> str:
    return next((entry.at(key).text() for key in keys if entry.at(key).text()), "")


def _stems(text: str) -> str:
    return " ".join(stem(word) for word in words_of(text))

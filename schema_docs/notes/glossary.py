"""Words of the house: what a business term means, and how a metric is reckoned."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_tests import table_of
from schema_docs.notes.safe_yaml import Branch, read_tree
from schema_docs.schema_map import Term
from schema_docs.text.tokenize import stem
from schema_docs.values.index import words_of
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


_FENCE = re.compile(r"---[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"\s*#+[ \t]+([^\n]+)\n?")
_DESCRIBED = ("description", "definition", "meaning")


def read_page(text: str, file: str) -> Branch:
    """Give a page as `schema.yml` would say it, with lines as they are in the file.

    Raises `NotesUnreadable` where there is no front matter, or none that can be read.
    """
    text = text.replace("\r\n", "\n")
    fences = [found for found in _FENCE.finditer(text)][:2]
    if len(fences) < 2 or text[: fences[0].start()].strip():
        raise NotesUnreadable(file, 1, "There is no front matter: YAML between two lines of `---`.")
    # The fence's own line stays as an empty one, so that lines count from the file's beginning.
    before = text.count("\n", 0, fences[0].end())
    root = read_tree("\n" * before + text[fences[0].end() : fences[1].start()], file)
    if not isinstance(root.value, dict):
        raise NotesUnreadable(file, root.line, "A mapping was expected between the lines of `---`.")
    return _as_notes(root, text[fences[1].end() :])


def _as_notes(root: Branch, body: str) -> Branch:
    """Put a page where its kind belongs: a table, a column, a term, or several terms."""
    assert isinstance(root.value, dict)
    heading = _HEADING.match(body)
    words = " ".join((body[heading.end() :] if heading else body).split())
    keys = set(root.value)
    given = dict(root.value)
    if words and not any(root.at(key).text() for key in _DESCRIBED):
        given["description"] = Branch(words, root.line)
    if heading and not keys & {*_NAMES, "table", "column", "terms", "metrics", "models", "sources"}:
        given["term"] = Branch(heading[1].strip(), root.line)
    entry = Branch(given, root.line, root.repeated)
    if keys & {"terms", "metrics", "models", "sources"}:
        return root
    if set(given) & set(_NAMES):
        kind = "metrics" if "metric" in keys or _kind(root) == "metric" else "terms"
        return Branch({kind: Branch([entry], root.line)}, root.line, root.repeated)
    if keys & {"table", "column"}:
        return _of_table(entry)
    return root


def _kind(root: Branch) -> str:
    return (root.at("kind").text() or root.at("type").text()).casefold()


def _of_table(entry: Branch) -> Branch:
    """A page on one table, or on one column, written `table: orders` and `column: total`, or in one."""
    table, column = entry.at("table").text(), entry.at("column").text()
    if column and not table:
        table, _, column = column.rpartition(".")
    meta = {key: entry.at(key) for key in ("synonyms", "label", "unit") if entry.at(key).value}
    told = {
        "name": Branch(column or table, entry.at("column" if column else "table").line),
        "description": next((entry.at(key) for key in _DESCRIBED if entry.at(key).text()), Branch(None, 1)),
        "meta": Branch(meta, entry.line),
    }
    branch = Branch(told, told["name"].line)
    if column:
        inside = {"name": Branch(table, branch.line), "columns": Branch([branch], branch.line)}
        branch = Branch(inside, branch.line)
    return Branch({"models": Branch([branch], branch.line)}, entry.line, entry.repeated)

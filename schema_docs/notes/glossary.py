"""Business glossary: terms with their meaning, and metrics with their formula."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_tests import resolve_ref
from schema_docs.notes.safe_yaml import YamlNode, parse_yaml
from schema_docs.schema_map import Term
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import split_words
from store.catalog import Catalog, Dialect, Table

MAX_MEANING_LENGTH = 1_000
MAX_SQL_LENGTH = 2_000
# More terms than this would crowd out the tables.
MAX_TERMS = 8

_MEANING_KEYS = ("meaning", "definition", "description", "means")
_SQL_KEYS = ("sql", "expression", "condition", "filter", "formula")
_TARGET_KEYS = ("about", "applies_to", "tables", "columns", "table", "column", "model")
_SYNONYM_KEYS = ("synonyms", "aliases")
_NAME_KEYS = ("term", "metric", "name", "title")

ReportProblem = Callable[[int, str], None]


@dataclass(frozen=True)
class TermReader:
    """Parser of terms for one catalog; `find` resolves a table name, `report` collects problems."""

    catalog: Catalog
    find: Callable[[str], Table | None]
    report: ReportProblem

    def read(self, root: YamlNode) -> Iterator[Term]:
        """Yield the terms and metrics of a file."""
        for kind in ("terms", "metrics"):
            for entry in root.at(kind).items():
                if term := self._read(entry, "metric" if kind == "metrics" else "term"):
                    yield term

    def _read(self, entry: YamlNode, kind: Literal["term", "metric"]) -> Term | None:
        name = next((entry.at(key).text() for key in _NAME_KEYS if entry.at(key).text()), "")
        if not name:
            self.report(entry.line, "A term without a name.")
            return None
        sql = " ".join(_first_text(entry, _SQL_KEYS).split())[:MAX_SQL_LENGTH]
        stated = [*self._read_targets(entry)]
        if None in stated and not any(stated):
            return None
        targets = dict.fromkeys([target for target in stated if target])
        if sql:
            targets |= dict.fromkeys(self._read_sql_names(sql, entry.line, [*targets]))
        label = entry.at("label").text()
        synonyms = [*read_strings(entry, *_SYNONYM_KEYS), *read_strings(entry.at("meta"), "synonyms"), label]
        return Term(
            name=name,
            meaning=" ".join(_first_text(entry, _MEANING_KEYS).split())[:MAX_MEANING_LENGTH],
            kind=kind,
            synonyms=tuple(dict.fromkeys(word for word in synonyms if word and word != name)),
            sql=sql,
            unit=entry.at("unit").text() or None,
            about=tuple(targets),
        )

    def _read_targets(self, entry: YamlNode) -> Iterator[str | None]:
        """Yield each table or column a term concerns; None for one that does not exist."""
        for key in _TARGET_KEYS:
            value = entry.at(key)
            for node in value.items() if isinstance(value.value, list) else [value]:
                if node.text():
                    target = self.resolve(resolve_ref(node.text()))
                    if target is None:
                        self.report(node.line, f"There is no table or column {node.text()!r}.")
                    yield target

    def resolve(self, name: str) -> str | None:
        """Return the full name of a table or of a `table.column`; None if there is none."""
        if table := self.find(name):
            return table.full_name
        owner, _, column = name.rpartition(".")
        table = self.find(owner) if owner else None
        columns = (
            [
                column_entry
                for column_entry in table.columns
                if column_entry.name.casefold() == column.casefold()
            ]
            if table
            else []
        )
        return f"{table.full_name}.{columns[0].name}" if table and columns else None

    def _read_sql_names(self, sql: str, line: int, targets: Sequence[str]) -> Iterator[str]:
        """Yield the tables and columns that SQL names; unknown names are reported."""
        tree = parse_sql(sql, self.catalog.dialect)
        if tree is None:
            self.report(line, "The SQL of this term cannot be parsed.")
            return
        tables = [*tree.find_all(exp.Table)]
        for table in tables:
            if (entry := self.find(table.name)) is None:
                self.report(line, f"The SQL names a table {table.name!r} that does not exist.")
            else:
                yield entry.full_name
        aliases = {table.alias for table in tables}
        for column in tree.find_all(exp.Column):
            if column.table and column.table not in aliases:
                target = self.resolve(f"{column.table}.{column.name}")
                if target is None:
                    self.report(line, f"The SQL names {column.table}.{column.name}, which does not exist.")
                else:
                    yield target
            else:
                yield from filter(None, [self.resolve(f"{table}.{column.name}") for table in targets])


def parse_sql(sql: str, dialect: Dialect) -> exp.Expr | None:
    """Parse an expression, a condition or a query; None where it is neither."""
    try:
        return sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return None


def find_summed_column(term: Term, dialect: Dialect) -> str | None:
    """Return the column of which a metric is the plain sum, as `table.column`; None for other metrics."""
    tree = parse_sql(term.sql, dialect) if term.kind == "metric" and term.sql else None
    if not isinstance(tree, exp.Sum) or not isinstance(tree.this, exp.Column):
        return None
    ending = f".{tree.this.name}".casefold()
    columns = [place for place in term.about if place.casefold().endswith(ending)]
    return columns[0] if len(columns) == 1 else None


def find_terms(question: str, terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms that a question names, by name or synonym, the longest first."""
    lemmas = f" {_lemma_text(question)} "
    hits = [
        (max(lengths), term)
        for term in terms
        if (
            lengths := [
                len(name) for name in map(_lemma_text, (term.name, *term.synonyms)) if f" {name} " in lemmas
            ]
        )
    ]
    return tuple(term for _, term in sorted(hits, key=lambda hit: -hit[0])[:MAX_TERMS])


def read_strings(entry: YamlNode, *keys: str) -> list[str]:
    """Return the strings under these keys, written as one text or as a list."""
    values = [entry.at(key) for key in keys]
    return [
        item.text()
        for value in values
        for item in (value.items() if isinstance(value.value, list) else [value])
        if item.text()
    ]


def _first_text(entry: YamlNode, keys: Sequence[str]) -> str:
    return next((entry.at(key).text() for key in keys if entry.at(key).text()), "")


def _lemma_text(text: str) -> str:
    return " ".join(lemma(word) for word in split_words(text))


_FENCE = re.compile(r"---[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"\s*#+[ \t]+([^\n]+)\n?")
_DESCRIPTION_KEYS = ("description", "definition", "meaning")


def read_front_matter(text: str, file: str) -> YamlNode:
    """Convert a Markdown file with front matter to the structure of `schema.yml`, keeping line numbers.

    Raises `NotesUnreadable` if the front matter is missing or invalid.
    """
    text = text.replace("\r\n", "\n")
    fences = list(_FENCE.finditer(text))[:2]
    if len(fences) < 2 or text[: fences[0].start()].strip():
        raise NotesUnreadable(file, 1, "Front matter is missing: YAML between two lines of `---`.")
    # The fence's own line is kept as an empty one, so that line numbers count from the start of the file.
    line_count = text.count("\n", 0, fences[0].end())
    root = parse_yaml("\n" * line_count + text[fences[0].end() : fences[1].start()], file)
    if not isinstance(root.value, dict):
        raise NotesUnreadable(file, root.line, "The front matter must be a YAML mapping.")
    return _to_notes(root, text[fences[1].end() :])


def _to_notes(root: YamlNode, body: str) -> YamlNode:
    """Wrap the content according to its kind: a table, a column, a term, or several terms."""
    assert isinstance(root.value, dict)
    heading = _HEADING.match(body)
    prose = " ".join((body[heading.end() :] if heading else body).split())
    keys = set(root.value)
    fields = dict(root.value)
    if prose and not any(root.at(key).text() for key in _DESCRIPTION_KEYS):
        fields["description"] = YamlNode(prose, root.line)
    if heading and not keys & {*_NAME_KEYS, "table", "column", "terms", "metrics", "models", "sources"}:
        fields["term"] = YamlNode(heading[1].strip(), root.line)
    entry = YamlNode(fields, root.line, root.repeated)
    if keys & {"terms", "metrics", "models", "sources"}:
        return root
    if set(fields) & set(_NAME_KEYS):
        kind = "metrics" if "metric" in keys or _kind(root) == "metric" else "terms"
        return YamlNode({kind: YamlNode([entry], root.line)}, root.line, root.repeated)
    if keys & {"table", "column"}:
        return _to_table_note(entry)
    return root


def _kind(root: YamlNode) -> str:
    return (root.at("kind").text() or root.at("type").text()).casefold()


def _to_table_note(entry: YamlNode) -> YamlNode:
    """Convert a file about one table or column, written `table: orders` and `column: total`, or combined."""
    table, column = entry.at("table").text(), entry.at("column").text()
    if column and not table:
        table, _, column = column.rpartition(".")
    meta = {key: entry.at(key) for key in ("synonyms", "label", "unit") if entry.at(key).value}
    fields = {
        "name": YamlNode(column or table, entry.at("column" if column else "table").line),
        "description": next(
            (entry.at(key) for key in _DESCRIPTION_KEYS if entry.at(key).text()), YamlNode(None, 1)
        ),
        "meta": YamlNode(meta, entry.line),
    }
    node = YamlNode(fields, fields["name"].line)
    if column:
        wrapper = {"name": YamlNode(table, node.line), "columns": YamlNode([node], node.line)}
        node = YamlNode(wrapper, node.line)
    return YamlNode({"models": YamlNode([node], node.line)}, entry.line, entry.repeated)

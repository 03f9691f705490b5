"""Notes: descriptions from dbt files and glossary files, resolved against a catalog."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_manifest import read_manifest
from schema_docs.notes.dbt_tests import Constraints, read_constraints
from schema_docs.notes.files import NotesFile
from schema_docs.notes.glossary import TermReader, find_summed_column, read_front_matter, read_strings
from schema_docs.notes.safe_yaml import YamlNode, parse_yaml
from schema_docs.schema_map import Note, Term
from store.catalog import Catalog, Column, ForeignKey, Table


def add_tags(table: Table, notes: Mapping[str, Note]) -> Table:
    """Copy the tags of notes to a table and its columns."""
    columns = (
        replace(column, tags=_merge_tags(notes, f"{table.full_name}.{column.name}", column.tags))
        for column in table.columns
    )
    return replace(table, tags=_merge_tags(notes, table.full_name, table.tags), columns=tuple(columns))


def _merge_tags(notes: Mapping[str, Note], key: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*tags, *notes.get(key, Note()).tags)))


def add_constraints(table: Table, constraints: Constraints, catalog: Catalog) -> Table:
    """Add constraints stated by tests to a table: foreign keys, unique and non-null columns."""
    keys = [*table.foreign_keys]
    for foreign_key in constraints.foreign_keys:
        if foreign_key not in keys and catalog.table(foreign_key.referenced_table) is not None:
            keys.append(foreign_key)
    unique: Sequence[tuple[str, ...]] = [
        (name,) for name in constraints.unique if (name,) not in table.unique
    ]
    columns = (
        replace(column, nullable=column.nullable and column.name not in constraints.not_null)
        for column in table.columns
    )
    return replace(table, foreign_keys=tuple(keys), unique=(*table.unique, *unique), columns=tuple(columns))


@dataclass(frozen=True, slots=True)
class NoteProblem:
    """A part of a notes file that was ignored. `line` counts from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True)
class NotesReport:
    """Parsed notes of a catalog: `notes` keyed as in `SchemaMap`, constraints by full table name.

    `unreadable` are the problems of files of which nothing could be used.
    """

    notes: Mapping[str, Note] = field(default_factory=dict)
    constraints: Mapping[str, Constraints] = field(default_factory=dict)
    problems: tuple[NoteProblem, ...] = ()
    terms: tuple[Term, ...] = ()
    unreadable: tuple[NoteProblem, ...] = ()

    @property
    def rejected_keys(self) -> frozenset[tuple[str, ForeignKey]]:
        """Inferred foreign keys that a reviewer rejected, each with its table."""
        return frozenset(
            (table, link) for table, facts in self.constraints.items() for link in facts.rejected_keys
        )

    def apply_to(self, catalog: Catalog) -> Catalog:
        """Add constraints and tags to a catalog."""
        tables = (
            add_constraints(table, self.constraints.get(table.full_name, Constraints()), catalog)
            for table in catalog
        )
        return replace(catalog, tables=tuple(add_tags(table, self.notes) for table in tables))


def read_notes(files: Iterable[NotesFile], catalog: Catalog) -> NotesReport:
    """Parse all files; what cannot be used is reported, never fatal.

    If two files differ, Markdown takes precedence over dbt's YAML, YAML over a manifest, and a later file
    over an earlier one; what only one of them says is kept.
    """
    reader = _NoteReader(catalog)
    unreadable = []
    for file in sorted(files, key=lambda file: file.rank):
        try:
            reader.read(file)
        except NotesUnreadable as error:
            unreadable.append(NoteProblem(error.file, error.line, error.reason))
    for term in reader.terms.values():
        reader.add_synonyms_of(term)
    problems = sorted((*reader.problems, *unreadable), key=lambda problem: (problem.file, problem.line))
    terms = tuple(reader.terms.values())
    return NotesReport(reader.notes, dict(reader.constraints), tuple(problems), terms, tuple(unreadable))


def _parse_file(file: NotesFile) -> YamlNode:
    match file.rank, PurePosixPath(file.name).suffix.lower():
        case 2, _:
            return read_front_matter(file.text, file.name)
        case _, ".json":
            return read_manifest(file.text, file.name)
    return parse_yaml(file.text, file.name)


class _NoteReader:
    """Collects the notes of one catalog from several files."""

    def __init__(self, catalog: Catalog) -> None:
        self.notes: dict[str, Note] = {}
        self.constraints: defaultdict[str, Constraints] = defaultdict(Constraints)
        self.problems: list[NoteProblem] = []
        self.terms: dict[str, Term] = {}
        self._catalog = catalog
        self._folded: defaultdict[str, list[Table]] = defaultdict(list)
        for table in catalog:
            for name in {table.full_name.casefold(), table.name.casefold()}:
                self._folded[name].append(table)
        self._file = ""
        self._terms = TermReader(catalog, lambda name: self._find_table(name, ""), self._report)

    def read(self, file: NotesFile) -> None:
        self._file = file.name
        root = _parse_file(file)
        if root.value is None:
            return
        if not isinstance(root.value, dict):
            raise NotesUnreadable(
                file.name, root.line, "The file must be a mapping, such as one with `models:`."
            )
        self._report_repeated(root)
        for entry, schema in _iterate_tables(root):
            self._report_repeated(entry)
            self._read_table(entry, schema)
        for term in self._terms.read(root):
            self.terms[term.name.casefold()] = term
        self._read_synonyms(root)

    def add_synonyms_of(self, term: Term) -> None:
        """Make a term a synonym of its table or column, if the term says no more than that.

        A metric that is the sum of a column counts too: a question for the metric means the sum.
        """
        is_alias = not term.meaning and not term.sql and len(term.about) == 1
        target = term.about[0] if is_alias else find_summed_column(term, self._catalog.dialect)
        if target:
            self._add_synonyms(target, (term.name, *term.synonyms))

    def _read_synonyms(self, root: YamlNode) -> None:
        """Read `synonyms: {orders.total: [turnover]}`: synonyms by table or column."""
        entries = root.at("synonyms").value
        for name, node in entries.items() if isinstance(entries, dict) else ():
            target = self._terms.resolve(name)
            if target is None:
                self._report(node.line, f"There is no table or column {name!r}.")
            else:
                self._add_synonyms(target, read_strings(YamlNode({"words": node}, node.line), "words"))

    def _add_synonyms(self, target: str, synonyms: Iterable[str]) -> None:
        note = self.notes.get(target, Note())
        self.notes[target] = replace(note, synonyms=tuple(dict.fromkeys((*note.synonyms, *synonyms))))

    def _read_table(self, entry: YamlNode, schema: str) -> None:
        name = _table_name(entry)
        if not name:
            self._report(entry.line, "A table has no name.")
            return
        table = self._find_table(name, schema)
        if table is None:
            self._report(entry.line, f"There is no table {name!r}.")
            return
        self._add_note(table.full_name, entry)
        for column in entry.at("columns").items():
            self._report_repeated(column)
            self._read_column(table, column)

    def _read_column(self, table: Table, entry: YamlNode) -> None:
        name = entry.at("name").text()
        column = _find_column(table, name)
        if column is None:
            self._report(entry.line, f"{table.full_name} has no column {name!r}.")
            return
        constraints = read_constraints(entry, column.name)
        self._add_note(f"{table.full_name}.{column.name}", entry, constraints.accepted_values)
        resolved = [self._resolve(table, foreign_key, entry.line) for foreign_key in constraints.foreign_keys]
        foreign_keys = tuple(foreign_key for foreign_key in resolved if foreign_key is not None)
        resolved_rejections = [
            self._resolve(table, foreign_key, entry.line) for foreign_key in constraints.rejected_keys
        ]
        rejected_keys = tuple(foreign_key for foreign_key in resolved_rejections if foreign_key is not None)
        constraints = replace(constraints, foreign_keys=foreign_keys, rejected_keys=rejected_keys)
        self.constraints[table.full_name] = self.constraints[table.full_name].merge(constraints)

    def _add_note(self, key: str, entry: YamlNode, accepted: tuple[str, ...] = ()) -> None:
        note = _build_note(entry, accepted)
        if note != Note():
            self.notes[key] = _merge_notes(self.notes.get(key, Note()), note)

    def _resolve(self, table: Table, foreign_key: ForeignKey, line: int) -> ForeignKey | None:
        target = self._find_table(foreign_key.referenced_table, table.schema or "")
        if target is None:
            self._report(line, f"There is no table {foreign_key.referenced_table!r} to relate to.")
            return None
        column = _find_column(target, foreign_key.referenced_columns[0])
        if column is None:
            self._report(
                line, f"{target.full_name} has no column {foreign_key.referenced_columns[0]!r} to relate to."
            )
            return None
        return ForeignKey(foreign_key.columns, target.full_name, (column.name,))

    def _find_table(self, name: str, schema: str) -> Table | None:
        exact = self._catalog.table(f"{schema}.{name}" if schema else name) or self._catalog.table(name)
        if exact is not None:
            return exact
        candidates = self._folded.get(f"{schema}.{name}".casefold()) or self._folded.get(name.casefold(), [])
        return candidates[0] if len(candidates) == 1 else None

    def _report(self, line: int, reason: str) -> None:
        self.problems.append(NoteProblem(self._file, line, reason))

    def _report_repeated(self, node: YamlNode) -> None:
        for key, line in node.repeated:
            self._report(line, f"{key!r} is written twice; the later one counts.")


def _iterate_tables(root: YamlNode) -> Iterator[tuple[YamlNode, str]]:
    """Yield every table entry, with the schema it is declared in (only sources declare one)."""
    for kind in ("models", "seeds", "snapshots"):
        for entry in root.at(kind).items():
            yield entry, ""
    for source in root.at("sources").items():
        schema = source.at("schema").text() or source.at("name").text()
        for entry in source.at("tables").items():
            yield entry, schema


def _table_name(entry: YamlNode) -> str:
    """Return the table's name in the database, which may differ from that in the project."""
    names = (entry.at("identifier"), entry.at("alias"), entry.at("config").at("alias"), entry.at("name"))
    return next((node.text() for node in names if node.text()), "")


def _build_note(entry: YamlNode, accepted: tuple[str, ...]) -> Note:
    meta = entry.at("meta") if entry.at("meta").value else entry.at("config").at("meta")
    sources = (entry, entry.at("config"), meta)
    return Note(
        description=" ".join(entry.at("description").text().split()),
        synonyms=tuple(read_strings(meta, "synonyms")),
        label=meta.at("label").text() or None,
        unit=meta.at("unit").text() or None,
        accepted_values=accepted,
        tags=tuple(dict.fromkeys(tag for source in sources for tag in read_strings(source, "tags"))),
    )


def _merge_notes(earlier: Note, later: Note) -> Note:
    """Merge two notes; the later takes precedence, field by field."""
    return Note(
        description=later.description or earlier.description,
        synonyms=tuple(dict.fromkeys((*earlier.synonyms, *later.synonyms))),
        label=later.label or earlier.label,
        unit=later.unit or earlier.unit,
        accepted_values=later.accepted_values or earlier.accepted_values,
        tags=tuple(dict.fromkeys((*earlier.tags, *later.tags))),
    )


def _find_column(table: Table, name: str) -> Column | None:
    folded = name.casefold()
    candidates = [column for column in table.columns if column.name.casefold() == folded]
    return table.column(name) or (candidates[0] if len(candidates) == 1 else None)

"""Notes people wrote: dbt's `schema.yml`, resolved against a catalog."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from schema_docs.errors import NotesUnreadable
from schema_docs.facts import Facts, read_facts
from schema_docs.schema_map import Note
from schema_docs.yaml_tree import Branch, read_tree
from store.catalog import Catalog, Column, ForeignKey, Table


@dataclass(frozen=True, slots=True)
class NotesFile:
    """A file as it was written."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that had to be left out. `line` counts from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True)
class NotesReport:
    """What notes say of a catalog: `notes` keyed as a `SchemaMap` wants them, facts by full table name."""

    notes: Mapping[str, Note] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def enrich(self, catalog: Catalog) -> Catalog:
        """Add to the catalog what tests state as facts: foreign keys, uniqueness, columns never null."""
        tables = (_enrich(table, self.facts.get(table.full_name, Facts()), catalog) for table in catalog)
        return replace(catalog, tables=tuple(tables))


def read_files(path: Path) -> tuple[NotesFile, ...]:
    """Read one file, or every YAML file below a folder. Raises `OSError`."""
    paths = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
    return tuple(NotesFile(each.name, each.read_text(encoding="utf-8", errors="replace")) for each in paths)


def read_notes(files: Iterable[NotesFile], catalog: Catalog) -> NotesReport:
    """Read the files in order, later ones over earlier ones; what cannot be used is reported, never fatal."""
    reader = _Reader(catalog)
    for file in files:
        try:
            reader.read(file)
        except NotesUnreadable as error:
            reader.problems.append(Problem(error.file, error.line, error.reason))
    return NotesReport(reader.notes, dict(reader.facts), tuple(reader.problems))


class _Reader:
    """Collects notes of one catalog from several files."""

    def __init__(self, catalog: Catalog) -> None:
        self.notes: dict[str, Note] = {}
        self.facts: defaultdict[str, Facts] = defaultdict(Facts)
        self.problems: list[Problem] = []
        self._catalog = catalog
        self._folded: defaultdict[str, list[Table]] = defaultdict(list)
        for table in catalog:
            for name in {table.full_name.casefold(), table.name.casefold()}:
                self._folded[name].append(table)
        self._file = ""

    def read(self, file: NotesFile) -> None:
        self._file = file.name
        root = read_tree(file.text, file.name)
        if root.value is None:
            return
        if not isinstance(root.value, dict):
            raise NotesUnreadable(file.name, root.line, "A mapping with `models:` was expected.")
        self._report_repeated(root)
        for entry, schema in _entries(root):
            self._report_repeated(entry)
            self._read_table(entry, schema)

    def _read_table(self, entry: Branch, schema: str) -> None:
        name = _name_of(entry)
        if not name:
            self._report(entry.line, "A table without a name.")
            return
        table = self._find_table(name, schema)
        if table is None:
            self._report(entry.line, f"There is no table {name!r}.")
            return
        self._keep(table.full_name, entry)
        for column in entry.at("columns").items():
            self._report_repeated(column)
            self._read_column(table, column)

    def _read_column(self, table: Table, entry: Branch) -> None:
        name = entry.at("name").text()
        column = _find_column(table, name)
        if column is None:
            self._report(entry.line, f"{table.full_name} has no column {name!r}.")
            return
        stated = read_facts(entry, column.name)
        self._keep(f"{table.full_name}.{column.name}", entry, stated.accepted)
        known = [self._resolve(table, link, entry.line) for link in stated.links]
        links = tuple(link for link in known if link is not None)
        self.facts[table.full_name] = self.facts[table.full_name].joined(replace(stated, links=links))

    def _keep(self, key: str, entry: Branch, accepted: tuple[str, ...] = ()) -> None:
        note = _note_of(entry, accepted)
        if note != Note():
            self.notes[key] = note

    def _resolve(self, table: Table, link: ForeignKey, line: int) -> ForeignKey | None:
        other = self._find_table(link.other_table, table.schema or "")
        if other is None:
            self._report(line, f"There is no table {link.other_table!r} to relate to.")
            return None
        column = _find_column(other, link.other_columns[0])
        if column is None:
            self._report(line, f"{other.full_name} has no column {link.other_columns[0]!r} to relate to.")
            return None
        return ForeignKey(link.columns, other.full_name, (column.name,))

    def _find_table(self, name: str, schema: str) -> Table | None:
        exact = self._catalog.table(f"{schema}.{name}" if schema else name) or self._catalog.table(name)
        if exact is not None:
            return exact
        known = self._folded.get(f"{schema}.{name}".casefold()) or self._folded.get(name.casefold(), [])
        return known[0] if len(known) == 1 else None

    def _report(self, line: int, reason: str) -> None:
        self.problems.append(Problem(self._file, line, reason))

    def _report_repeated(self, branch: Branch) -> None:
        for key, line in branch.repeated:
            self._report(line, f"{key!r} is written twice; the later one counts.")


def _entries(root: Branch) -> Iterator[tuple[Branch, str]]:
    """Give every table described, with the schema it is said to be in (only sources say one)."""
    for kind in ("models", "seeds", "snapshots"):
        for entry in root.at(kind).items():
            yield entry, ""
    for source in root.at("sources").items():
        schema = source.at("schema").text() or source.at("name").text()
        for entry in source.at("tables").items():
            yield entry, schema


def _name_of(entry: Branch) -> str:
    """Prefer the name the table has in the database over the one it has in the project."""
    written = (entry.at("identifier"), entry.at("alias"), entry.at("config").at("alias"), entry.at("name"))
    return next((branch.text() for branch in written if branch.text()), "")


def _note_of(entry: Branch, accepted: tuple[str, ...]) -> Note:
    meta = entry.at("meta") if entry.at("meta").value else entry.at("config").at("meta")
    synonyms = [word.text() for word in meta.at("synonyms").items()] or [meta.at("synonyms").text()]
    return Note(
        description=" ".join(entry.at("description").text().split()),
        synonyms=tuple(word for word in synonyms if word),
        label=meta.at("label").text() or None,
        unit=meta.at("unit").text() or None,
        accepted=accepted,
    )


def _find_column(table: Table, name: str) -> Column | None:
    folded = name.casefold()
    near = [column for column in table.columns if column.name.casefold() == folded]
    return table.column(name) or (near[0] if len(near) == 1 else None)


def _enrich(table: Table, facts: Facts, catalog: Catalog) -> Table:
    keys = [*table.foreign_keys]
    for link in facts.links:
        if link not in keys and catalog.table(link.other_table) is not None:
            keys.append(link)
    unique: Sequence[tuple[str, ...]] = [(name,) for name in facts.unique if (name,) not in table.unique]
    columns = (
        replace(column, nullable=column.nullable and column.name not in facts.filled)
        for column in table.columns
    )
    return replace(table, foreign_keys=tuple(keys), unique=(*table.unique, *unique), columns=tuple(columns))

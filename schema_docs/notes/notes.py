"""Notes people wrote, in dbt's files or on pages of a glossary, resolved against a catalog."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_manifest import read_manifest
from schema_docs.notes.dbt_tests import Facts, read_facts
from schema_docs.notes.files import NotesFile
from schema_docs.notes.glossary import TermReader, read_page, strings, summed_column
from schema_docs.notes.safe_yaml import Branch, read_tree
from schema_docs.schema_map import Note, Term
from store.catalog import Catalog, Column, ForeignKey, Table


def tag(table: Table, notes: Mapping[str, Note]) -> Table:
    """Write onto a table and its columns the tags that notes give them."""
    columns = (
        replace(column, tags=_tags(notes, f"{table.full_name}.{column.name}", column.tags))
        for column in table.columns
    )
    return replace(table, tags=_tags(notes, table.full_name, table.tags), columns=tuple(columns))


def _tags(notes: Mapping[str, Note], key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *notes.get(key, Note()).tags)))


def enrich(table: Table, facts: Facts, catalog: Catalog) -> Table:
    """Add to a table what tests state as facts: foreign keys, uniqueness, columns never null."""
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
    """What notes say of a catalog: `notes` keyed as a `SchemaMap` wants them, facts by full table name.

    `unreadable` are the problems of files of which nothing could be used.
    """

    notes: Mapping[str, Note] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    terms: tuple[Term, ...] = ()
    unreadable: tuple[Problem, ...] = ()

    @property
    def refused(self) -> frozenset[tuple[str, ForeignKey]]:
        """Guessed links that somebody refused, each with its table."""
        return frozenset((table, link) for table, facts in self.facts.items() for link in facts.refused)

    def enrich(self, catalog: Catalog) -> Catalog:
        """Add to the catalog what tests state as facts: foreign keys, uniqueness, columns never null."""
        tables = (enrich(table, self.facts.get(table.full_name, Facts()), catalog) for table in catalog)
        return replace(catalog, tables=tuple(tag(table, self.notes) for table in tables))


def read_notes(files: Iterable[NotesFile], catalog: Catalog) -> NotesReport:
    """Read all files; what cannot be used is reported, never fatal.

    Where two differ, a page is right before dbt's YAML, that before a manifest, and a later file before an
    earlier one; what only one of them says is kept.
    """
    reader = _Reader(catalog)
    unreadable = []
    for file in sorted(files, key=lambda file: file.rank):
        try:
            reader.read(file)
        except NotesUnreadable as error:
            unreadable.append(Problem(error.file, error.line, error.reason))
    for term in reader.terms.values():
        reader.call_by(term)
    problems = sorted((*reader.problems, *unreadable), key=lambda each: (each.file, each.line))
    terms = tuple(reader.terms.values())
    return NotesReport(reader.notes, dict(reader.facts), tuple(problems), terms, tuple(unreadable))


def _tree(file: NotesFile) -> Branch:
    match file.rank, PurePosixPath(file.name).suffix.lower():
        case 2, _:
            return read_page(file.text, file.name)
        case _, ".json":
            return read_manifest(file.text, file.name)
    return read_tree(file.text, file.name)


class _Reader:
    """Collects notes of one catalog from several files."""

    def __init__(self, catalog: Catalog) -> None:
        self.notes: dict[str, Note] = {}
        self.facts: defaultdict[str, Facts] = defaultdict(Facts)
        self.problems: list[Problem] = []
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
        root = _tree(file)
        if root.value is None:
            return
        if not isinstance(root.value, dict):
            raise NotesUnreadable(file.name, root.line, "A mapping with `models:` was expected.")
        self._report_repeated(root)
        for entry, schema in _entries(root):
            self._report_repeated(entry)
            self._read_table(entry, schema)
        for term in self._terms.read(root):
            self.terms[term.name.casefold()] = term
        self._read_synonyms(root)

    def call_by(self, term: Term) -> None:
        """Let a table or column be called by a term that says no more than that it is this.

        A metric that is the sum of a column is such a term too: who asks for it is given the sum.
        """
        bare = not term.meaning and not term.sql and len(term.about) == 1
        place = term.about[0] if bare else summed_column(term, self._catalog.dialect)
        if place:
            self._call(place, (term.name, *term.synonyms))

    def _read_synonyms(self, root: Branch) -> None:
        """Read `synonyms: {orders.total: [turnover]}`: words by the place they mean."""
        given = root.at("synonyms").value
        for name, words in given.items() if isinstance(given, dict) else ():
            place = self._terms.place(name)
            if place is None:
                self._report(words.line, f"There is no table or column {name!r}.")
            else:
                self._call(place, strings(Branch({"words": words}, words.line), "words"))

    def _call(self, place: str, words: Iterable[str]) -> None:
        note = self.notes.get(place, Note())
        self.notes[place] = replace(note, synonyms=tuple(dict.fromkeys((*note.synonyms, *words))))

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
        denied = [self._resolve(table, link, entry.line) for link in stated.refused]
        refused = tuple(link for link in denied if link is not None)
        stated = replace(stated, links=links, refused=refused)
        self.facts[table.full_name] = self.facts[table.full_name].joined(stated)

    def _keep(self, key: str, entry: Branch, accepted: tuple[str, ...] = ()) -> None:
        note = _note_of(entry, accepted)
        if note != Note():
            self.notes[key] = _over(self.notes.get(key, Note()), note)

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
    tagged = (entry, entry.at("config"), meta)
    return Note(
        description=" ".join(entry.at("description").text().split()),
        synonyms=tuple(strings(meta, "synonyms")),
        label=meta.at("label").text() or None,
        unit=meta.at("unit").text() or None,
        accepted=accepted,
        tags=tuple(dict.fromkeys(each for at in tagged for each in strings(at, "tags"))),
    )


def _over(before: Note, after: Note) -> Note:
    """Let the later note say what it says, and the earlier one what the later leaves open."""
    return Note(
        description=after.description or before.description,
        synonyms=tuple(dict.fromkeys((*before.synonyms, *after.synonyms))),
        label=after.label or before.label,
        unit=after.unit or before.unit,
        accepted=after.accepted or before.accepted,
        tags=tuple(dict.fromkeys((*before.tags, *after.tags))),
    )


def _find_column(table: Table, name: str) -> Column | None:
    folded = name.casefold()
    near = [column for column in table.columns if column.name.casefold() == folded]
    return table.column(name) or (near[0] if len(near) == 1 else None)

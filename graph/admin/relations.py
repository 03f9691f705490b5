"""Relationship use cases: list foreign keys, and accept or reject inferred ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.admin.notes import NoteAdmin
from graph.errors import InvalidAdminRequest
from schema_docs.notes.dbt_tests import NO_RELATIONSHIP
from schema_docs.notes.files import NotesFile, merge_files
from schema_docs.retriever import SchemaRetriever
from schema_docs.schema_map import SchemaMap
from store.catalog import ForeignKey
from store.connections.connections import Connection
from store.progress import Progress

# Decisions are stored as a file of notes, so they have a history and can be rolled back.
DECISIONS_FILE = "querent-relations.yml"


@dataclass(frozen=True, slots=True)
class Relation:
    """Foreign key between columns, both as `table.column`; declared, or inferred from names and values."""

    column: str
    references: str
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class _ColumnName:
    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class RelationAdmin:
    """Relationship use cases. All methods raise `StoreUnavailable`, `NotMapped`."""

    retriever: SchemaRetriever
    notes: NoteAdmin

    async def list(self, connection: Connection) -> Sequence[Relation]:
        """Return the declared and the inferred relationships."""
        schema = await self.retriever.schema(connection.name)
        declared = [
            _relation(table.full_name, key, inferred=False)
            for table in schema.catalog
            for key in table.foreign_keys
        ]
        inferred = [
            _relation(table, key, inferred=True)
            for table, keys in schema.inferred_keys.items()
            for key in keys
        ]
        return [*declared, *inferred]

    async def accept(
        self, connection: Connection, column: str, references: str, progress: Progress
    ) -> Relation:
        """Treat a relationship as declared. Raises `InvalidAdminRequest` if a column does not exist."""
        return await self._decide(connection, (column, references), "relationships", progress)

    async def reject(
        self, connection: Connection, column: str, references: str, progress: Progress
    ) -> Relation:
        """Do not infer a relationship again. Raises `InvalidAdminRequest` if a column does not exist."""
        return await self._decide(connection, (column, references), NO_RELATIONSHIP, progress)

    async def _decide(
        self, connection: Connection, names: tuple[str, str], test: str, progress: Progress
    ) -> Relation:
        schema = await self.retriever.schema(connection.name)
        column, references = (_resolve(name, schema) for name in names)
        files = await self.notes.current(connection)
        text = _add_decision(files, column, references, test)
        merged = merge_files(files, [NotesFile(DECISIONS_FILE, text)])
        await self.notes.replace(connection, merged, progress)
        return Relation(str(column), str(references))


def _relation(table: str, key: ForeignKey, *, inferred: bool) -> Relation:
    return Relation(
        f"{table}.{', '.join(key.columns)}",
        f"{key.referenced_table}.{', '.join(key.referenced_columns)}",
        inferred,
    )


def _resolve(name: str, schema: SchemaMap) -> _ColumnName:
    table_name, _, column = name.rpartition(".")
    table = schema.catalog.table(table_name) if table_name else None
    if table is None or table.column(column) is None:
        raise InvalidAdminRequest(f"There is no column {name}. Name it as table.column.")
    return _ColumnName(table.full_name, column)


def _add_decision(files: Sequence[NotesFile], column: _ColumnName, references: _ColumnName, test: str) -> str:
    """Add a decision to the decisions file, replacing an earlier one on the same pair."""
    text = next((file.text for file in files if file.name == DECISIONS_FILE), '{"models": []}')
    try:
        models = [model for model in json.loads(text)["models"] if not _is_about(model, column, references)]
    except (ValueError, LookupError, TypeError) as error:
        raise InvalidAdminRequest(f"{DECISIONS_FILE} was edited by hand and cannot be extended.") from error
    tests = [{test: {"to": references.table, "field": references.column}}]
    models.append({"name": column.table, "columns": [{"name": column.column, "tests": tests}]})
    return json.dumps({"models": models}, indent=1, ensure_ascii=False)


def _is_about(model: Any, column: _ColumnName, references: _ColumnName) -> bool:
    (model_column,) = model["columns"]
    ((test,),) = [list(tests.values()) for tests in model_column["tests"]]
    pair = _ColumnName(model["name"], model_column["name"]), _ColumnName(test["to"], test["field"])
    return pair == (column, references)

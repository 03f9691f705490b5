"""Schema model: everything the built-in analyst derives from one version of a schema map. Immutable."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.builtin.lexicon.synonyms import FALSE_WORDS, TRUE_WORDS
from agent.builtin.linking.name_index import NameIndex
from agent.builtin.linking.segmentation import SchemaLinker, Similarity
from agent.builtin.schema.column_roles import ColumnRoles, classify_columns
from agent.builtin.sql.printer import SqlPrinter
from schema_docs.schema_map import SchemaMap
from schema_docs.search.join_graph import JoinGraph
from schema_docs.values.index import ValueIndex


@dataclass(frozen=True)
class Schema:
    """Schema map with its name index, column roles, join graph, linker and SQL printer."""

    map: SchemaMap
    names: NameIndex
    roles: dict[str, ColumnRoles]
    graph: JoinGraph
    linker: SchemaLinker
    printer: SqlPrinter
    frequent_values: ValueIndex

    def is_to_many(self, table: str, other: str) -> bool:
        """Check whether one row of `table` may match several rows of `other`."""
        if table == other:
            return False
        path = self.graph.connect(table, [other])
        return path is None or any(edge.is_to_many for edge in path)

    def column_label(self, table: str, column: str) -> str:
        """Choose the label of a column: from its note, or else the words of its name."""
        return self.map.note(table, column).label or " ".join(self.names.column_words[table, column])

    def table_label(self, table: str) -> str:
        """Choose the label of a table, in the singular: from its note, or else the words of its name."""
        return self.map.note(table).label or " ".join(self.names.table_words[table])


def build_schema(schema: SchemaMap, similarity: Similarity | None = None) -> Schema:
    """Build the schema model of a map. `similar` rates how alike two words are, from 0 to 1."""
    names = NameIndex(schema)
    facts = classify_columns(schema, names)
    graph = JoinGraph(schema.catalog, schema.inferred_keys, shared_columns=True)
    return Schema(
        schema,
        names,
        facts,
        graph,
        SchemaLinker(names, similarity),
        SqlPrinter(facts, graph, schema.catalog.dialect),
        ValueIndex(_frequent_values(facts)),
    )


def _frequent_values(facts: dict[str, ColumnRoles]) -> Sequence[tuple[str, str, str]]:
    """Collect sampled text values, so that common values are recognized without a value search."""
    values = []
    for table, roles_of_table in facts.items():
        for column, profile in roles_of_table.schema.profiles.get(table, {}).items():
            if roles_of_table.column(column).kind not in {"text", "other"} or roles_of_table.is_date(column):
                continue
            values += [(table, column, value) for value in profile.values if not value.isdigit()]
    return values


def parse_boolean(value: str) -> bool | None:
    """Parse a stored word as a boolean; None if it is neither true nor false."""
    folded = value.lower()
    if folded in TRUE_WORDS:
        return True
    return False if folded in FALSE_WORDS else None

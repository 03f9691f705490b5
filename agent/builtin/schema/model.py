"""Everything the built-in analyst derives from one version of a map, made once and then only read."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.builtin.lexicon.synonyms import FALSE_WORDS, TRUE_WORDS
from agent.builtin.linking.name_index import NameIndex
from agent.builtin.linking.segmentation import Linker, Similar
from agent.builtin.schema.column_roles import Facts, gather_facts
from agent.builtin.schema.join_graph import JoinGraph
from agent.builtin.sql.printer import Printer
from schema_docs.schema_map import SchemaMap
from schema_docs.values.index import ValueIndex


@dataclass(frozen=True)
class Schema:
    """A map with its names, facts and joins in reach."""

    map: SchemaMap
    names: NameIndex
    facts: dict[str, Facts]
    graph: JoinGraph
    linker: Linker
    printer: Printer
    frequent: ValueIndex

    def to_many(self, table: str, other: str) -> bool:
        """Whether one row of `table` may meet several of `other`."""
        if table == other:
            return False
        way = self.graph.connect(table, [other])
        return way is None or any(edge.multiplies for edge in way)

    def spoken_column(self, table: str, column: str) -> str:
        """A column as people call it."""
        return self.map.note(table, column).label or " ".join(self.names.column_words[table, column])

    def spoken_table(self, table: str) -> str:
        """A table as people call it, in the singular."""
        return self.map.note(table).label or " ".join(self.names.table_words[table])


def derive(schema: SchemaMap, similar: Similar | None = None) -> Schema:
    """Make everything that questions to this map will need."""
    names = NameIndex(schema)
    facts = gather_facts(schema, names)
    graph = JoinGraph(schema.catalog)
    return Schema(
        schema,
        names,
        facts,
        graph,
        Linker(names, similar),
        Printer(facts, graph, schema.catalog.dialect),
        ValueIndex(_frequent_values(facts)),
    )


def _frequent_values(facts: dict[str, Facts]) -> Sequence[tuple[str, str, str]]:
    """What the samples show, so that the commonest values are known even when nobody looked them up."""
    found = []
    for table, known in facts.items():
        for column, profile in known.schema.profiles.get(table, {}).items():
            if known.column(column).kind not in {"text", "other"} or known.is_date(column):
                continue
            found += [(table, column, value) for value in profile.values if not value.isdigit()]
    return found


def truth(value: str) -> bool | None:
    """What a stored word says about yes and no, if anything."""
    folded = value.lower()
    if folded in TRUE_WORDS:
        return True
    return False if folded in FALSE_WORDS else None

"""Choose what a noun means here: by score, nearness to what is talked about, and use."""

from collections import Counter
from collections.abc import Sequence

from agent.builtin.grammar.state import Reader
from agent.builtin.linking.name_index import Ref
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col

# What makes one reading of a noun likelier than another; see `Reader.choose_column`.
SUPPORT_BONUS = 0.03


FOCUS_BONUS, NAMED_BONUS, DISTANCE_COST, KEY_COST = 0.25, 0.15, 0.08, 0.12


SURE_TABLE = 0.75


# A noun that names a table so well means its rows, whatever columns are nearer.
NAMED_TABLE = 0.86


def named_tables(reader: Reader) -> list[str]:
    """Tables that the question names outright, in order."""
    named = []
    for piece in reader.pieces:
        tables = piece.tables
        if tables and tables[0].score >= SURE_TABLE and tables[0].score >= piece.refs[0].score - 0.02:
            named.append(tables[0].table)
    return list(dict.fromkeys(named))


def _in_part(reader: Reader, lemmas: Sequence[str], owner: str) -> list[Ref]:
    """Columns of a table that some word of a phrase names: `e-mail address` for `email`."""
    found = [ref for word in lemmas for ref in reader.schema.names.find([word])]
    return [ref.scaled(0.9, "part of the phrase") for ref in found if ref.table == owner and ref.column]


def choose_column(
    reader: Reader, refs: Sequence[Ref], owner: str | None = None, lemmas: Sequence[str] = ()
) -> Col | None:
    """Take the likeliest of several columns: by score, nearness to what is talked about, and use."""
    columns = [ref for ref in refs if ref.kind == "column" and ref.column]
    surely = max((ref.score for ref in columns), default=0.0) > 0.97
    if owner and lemmas and not surely and not any(ref.table == owner and ref.score > 0.5 for ref in columns):
        columns += _in_part(reader, lemmas, owner)
    if not columns:
        return None
    near = owner or reader.base
    named = tables_named(reader)
    ranked = sorted(columns, key=lambda ref: -worth_of(reader, ref, near, named))
    best = ranked[0]
    if len(ranked) > 1:
        reader.margins.append(worth_of(reader, best, near, named) - worth_of(reader, ranked[1], near, named))
    reader.scores.append(best.score)
    assert best.column is not None
    return Col(best.table, best.column)


def worth(reader: Reader, ref: Ref, owner: str | None = None) -> float:
    """How likely a meaning is here."""
    return worth_of(reader, ref, owner or reader.base, tables_named(reader))


def tables_named(reader: Reader) -> list[str]:
    """The tables that the question names outright, looked up once."""
    if reader.named is None:
        reader.named = named_tables(reader)
    return reader.named


def worth_of(reader: Reader, ref: Ref, near: str | None, named: Sequence[str]) -> float:
    """Weigh a meaning: its score, what is talked about, and how far away its table is."""
    worth = ref.score
    if ref.kind == "table":
        return worth
    if ref.table == near:
        worth += FOCUS_BONUS
    elif _names_home(reader, ref) or ref.table in named or ref.table == reader.entity:
        worth += NAMED_BONUS
    worth += SUPPORT_BONUS * support_of(reader).get(ref.table, 0)
    anchor = near or reader.entity or (named[0] if named else None)
    if anchor:
        worth -= DISTANCE_COST * min(reader.schema.graph.distance(anchor, ref.table), 6.0)
    facts = reader.schema.facts[ref.table]
    if ref.column in facts.keys:
        # A key is meant where it is at home, and only when it is called by its name.
        worth += 0.03 if facts.table.primary_key == (ref.column,) else -0.03
        worth -= KEY_COST if ref.score < 0.9 else 0.0
    return worth


def support_of(reader: Reader) -> Counter[str]:
    """How many pieces surely name something of each table."""
    if reader.supported is None:
        tables = [{ref.table for ref in piece.refs if ref.score > 0.9} for piece in reader.pieces]
        # A word that fits many tables speaks for none.
        reader.supported = Counter(table for named in tables if len(named) == 1 for table in named)
    return reader.supported


def _names_home(reader: Reader, ref: Ref) -> bool:
    """`customer id` names the table of customers as well."""
    facts = reader.schema.facts[ref.table]
    words = set(reader.schema.names.table_words[ref.table])
    if ref.column is None:
        return False
    return facts.table.primary_key == (ref.column,) and words < set(facts.words_of(ref.column))


def best_noun(reader: Reader, piece: Piece, owner: str | None = None) -> Ref | None:
    """The likeliest table or column that a piece names."""
    nouns = [ref for ref in piece.refs if ref.kind != "value"]
    if not nouns:
        return None
    tables = piece.tables
    # A table called just so is meant as such, unless what is talked about has a column of that name.
    best_column = max((ref.score for ref in nouns if ref.kind == "column"), default=0.0)
    if tables and tables[0].score >= max(NAMED_TABLE, best_column):
        near = owner or reader.base
        own = [ref for ref in nouns if ref.kind == "column" and ref.table == near and ref.score >= 0.95]
        usable = [r for r in own if r.column not in reader.schema.facts[r.table].keys and r.why != "label"]
        return usable[0] if usable and near != tables[0].table else tables[0]
    return max(nouns, key=lambda ref: (worth(reader, ref, owner), ref.kind == "table"))


def belonging_to(reader: Reader, tables: Sequence[str]) -> list[str]:
    """Tables of which each row of the given ones has at most one: `the tallest player` of people."""
    return [
        edge.other for table in tables for edge in reader.schema.graph.edges(table) if not edge.multiplies
    ]


def find_property(reader: Reader, about: str, table: str) -> Col | None:
    """The column of a table that holds a property, named by one of several words."""
    for words in about.split("|"):
        refs = [
            ref
            for ref in reader.schema.names.find(words.split())
            if ref.kind == "column" and ref.table == table and ref.score >= 0.45
        ]
        facts = reader.schema.facts[table]
        usable = [
            r
            for r in refs
            if r.column and (facts.is_measure(r.column) or facts.is_date(r.column) or facts.is_year(r.column))
        ]
        if usable and usable[0].column:
            reader.scores.append(max(usable[0].score, 0.8))
            return Col(table, usable[0].column)
    if about.split("|", 1)[0] in {"date", "age"} and reader.schema.facts[table].dates:
        return Col(table, reader.schema.facts[table].dates[0])
    return None

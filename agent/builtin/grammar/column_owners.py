"""Decide whose columns were named, and what the question is about."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import choose_column, named_tables
from agent.builtin.grammar.lookahead import summable
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.plan.model import Col


def settle_owners(reader: Reader) -> None:
    """`name and age of the singers`: an owner belongs to all columns before it; then choose the columns."""
    _own_whole_phrases(reader)
    told = [want.owner is not None for want in reader.wants]
    owner: str | None = None
    for number in range(len(reader.wants) - 1, -1, -1):
        want = reader.wants[number]
        if want.owner:
            # `name and number of singers`: what is counted says nothing of the name's owner.
            owner = owner if want.counted else want.owner
        elif owner and not want.table:
            reader.wants[number] = replace(want, owner=owner)
    if reader.entity is None:
        reader.entity = _entity(reader)
    if reader.asks == "person":
        _ask_for_people(reader)
    reader.focus = reader.focus or reader.entity
    _spread_functions(reader)
    for number, want in enumerate(reader.wants):
        if want.piece and not want.table and want.col is None and not want.everything:
            lemmas = want.piece.lemmas if told[number] else ()
            col = choose_column(reader, want.piece.refs, want.owner, lemmas)
            reader.wants[number] = replace(want, col=col)


def _ask_for_people(reader: Reader) -> None:
    """`who returned the most` asks for customers, where only they have first and last names."""
    tables = [table for table, facts in reader.schema.facts.items() if len(facts.display) > 1]
    wanted = [want.table for want in reader.wants if want.table]
    start = reader.entity or next(iter(named_tables(reader)), None)
    start = start or (tables[0] if len(tables) == 1 else None)
    if not tables or start is None or any(want.col for want in reader.wants):
        return
    if start in tables:
        reader.entity = reader.entity or start
        return
    if (
        wanted
        and wanted[0] not in tables
        and reader.schema.facts[wanted[0]].display != reader.schema.facts[wanted[0]].table.primary_key
    ):
        return
    person = min(tables, key=lambda table: reader.schema.graph.distance(start, table))
    reader.wants = [Want(table=person, owner=person)]
    reader.entity = reader.focus = person
    for table in wanted:
        reader.mention(table)


def _own_whole_phrases(reader: Reader) -> None:
    """`address of the department` may be one column, whose table then owns what stands beside it."""
    for number, want in enumerate(reader.wants):
        refs = want.piece.columns if want.piece and not want.owner and not want.table else ()
        if want.piece and refs and "of" in want.piece.lemmas and refs[0].score > 0.9:
            # In the order of the references: the same question must always be read in the same way.
            tables = list(dict.fromkeys(ref.table for ref in refs if ref.score == refs[0].score))
            spoken = [t for t in tables if set(reader.schema.names.table_words[t]) <= set(want.piece.lemmas)]
            if len(tables) == 1 or len(spoken) == 1:
                reader.wants[number] = replace(want, owner=(spoken or tables)[0])


def _spread_functions(reader: Reader) -> None:
    """`average price and cost`: what is measured beside an aggregate is aggregated, too."""
    for number in range(1, len(reader.wants)):
        before, want = reader.wants[number - 1], reader.wants[number]
        plain = not (
            want.functions or want.counted or want.table or want.item or want.everything or want.share
        )
        if plain and before.functions and not before.counted and want.piece and summable(reader, want.piece):
            reader.wants[number] = replace(want, functions=before.functions)


def _entity(reader: Reader) -> str | None:
    """The table that the question is about."""
    owners = [want.owner or want.table for want in reader.wants if want.owner or want.table]
    if owners:
        return owners[0]
    named = named_tables(reader)
    pieces = [want.piece for want in reader.wants if want.piece]
    if pieces:
        tables = {ref.table for ref in pieces[0].columns}
        for table in named:
            if table in tables:
                return table
        best: Col | None = choose_column(reader, pieces[0].refs, named[0] if named else None)
        return best.table if best else None
    if named:
        return named[0]
    stored = [ref for piece in reader.pieces for ref in piece.values if ref.score > 0.9]
    return stored[0].table if stored and reader.asks else None

"""How sure a reading is: a few weights on what can be seen of it, fitted by `make fit`."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from agent.builtin.grammar.state import Reader
from agent.builtin.plan.model import Col, Compare, Measure, Plan, columns_of, measures_of, tables_of
from agent.builtin.schema.join_graph import Edge, multiplied

# Forms that mean something: where no rule used them, something was not understood.
_TELLING = frozenset(
    {"each", "by", "count", "both", "either", "distinct", "same", "bucket", "like", "information"}
)
_SURE = 0.9
# A column that is so far ahead of the next was no choice.
_CLEAR = 0.15


def signals_of(reader: Reader, plan: Plan) -> dict[str, float]:
    """All signs of one reading, by name."""
    return {
        "sure": 1.0,
        **_of_words(reader),
        **_of_what_was_asked(reader, plan),
        **_of_links(reader),
        **_of_parts(plan),
        **_of_joins(reader, plan),
    }


def _of_words(reader: Reader) -> dict[str, float]:
    """What was left over."""
    return {
        "words": min(len(reader.pieces), 30) / 10,
        "skipped_forms": sum(kind in _TELLING for kind in reader.skipped) / 2,
        "skipped_verbs": sum(kind == "verb" for kind in reader.skipped) / 2,
        "guesses": min(reader.guesses, 2) / 2,
    }


def _of_what_was_asked(reader: Reader, plan: Plan) -> dict[str, float]:
    """Whether it was said what to show, how many of it, and what must not be."""
    # A follow-up need not say again what is shown.
    said = reader.context is not None or any(want.col or want.counted for want in reader.wants)
    first = next((piece for piece in reader.pieces if piece.is_noun), None)
    return {
        "nothing_named": float(not said and not _are_names(reader, plan)),
        "one_of_many": float(plan.limit == 1 and first is not None and first.plural),
        "negations": float(any(piece.sign("not", "except") for piece in reader.pieces)),
    }


def _are_names(reader: Reader, plan: Plan) -> bool:
    """Whether what is shown unasked is what rows are called, and nothing else would do as well."""
    shown = [item for item in plan.show if isinstance(item, Col)]
    facts = reader.schema.facts
    return all(facts[col.table].words_of(col.column)[-1:] in {("name",), ("title",)} for col in shown)


def _of_links(reader: Reader) -> dict[str, float]:
    """How well words fitted names and values."""
    weak = [score for score in reader.scores if score < _SURE]
    homes = [{(ref.table, ref.column) for ref in p.values if ref.score > _SURE} for p in reader.pieces]
    return {
        "weakest_link": 1 - min(reader.scores, default=1.0),
        "weak_links": min(len(weak), 4) / 4,
        "narrow_choices": min(sum(margin < 0.05 for margin in reader.margins), 4) / 2,
        "closest_choice": 1 - min((*reader.margins, _CLEAR)) / _CLEAR,
        "values_of_many": min(sum(len(places) > 1 for places in homes), 2) / 2,
    }


def _of_parts(plan: Plan) -> dict[str, float]:
    """What the plan is made of."""
    nested = [c for c in plan.where if isinstance(c, Compare) and isinstance(c.value, Plan)]
    return {
        "superlative": float(plan.limit is not None),
        "groups": float(bool(plan.group)),
        "shown": min(len(plan.show), 5) / 5,
        "nested": float(bool(nested or plan.combined or plan.each or plan.over)),
    }


def _of_joins(reader: Reader, plan: Plan) -> dict[str, float]:
    """How far apart the tables are, and by which ways."""
    tables = tables_of(plan)
    tree = reader.schema.graph.connect(plan.entity, tables, plan.via) or ()
    used = {col.table for col in columns_of((plan.show, plan.where, plan.group, plan.order))}
    used |= {measure.of for measure in measures_of((plan.show, plan.having, plan.order)) if measure.of}
    idle = [table for table in plan.tables if table not in used and table != plan.entity]
    return {
        "tables": min(len(tables) - 1, 4) / 2,
        "idle_tables": len(idle) / 2,
        "long_ways": max(len(tree) + 1 - len(tables), 0) / 2,
        "detours": float(_detours(tree, used)),
        "repeated_rows": float(not plan.group and multiplied(plan.entity, tree) and _shows_rows(plan)),
        "far_groups": float(any(_is_unnoted(reader, item, plan.entity) for item in plan.group)),
    }


def _is_unnoted(reader: Reader, item: object, entity: str) -> bool:
    """Whether rows are grouped by a name far away, and nobody wrote that it is what people call them."""
    far = isinstance(item, Col) and item.table != entity
    return far and not reader.schema.map.note(item.table).label  # type: ignore[attr-defined]  # a column, as seen


def _shows_rows(plan: Plan) -> bool:
    return not any(isinstance(item, Measure) for item in plan.show)


def _detours(tree: Sequence[Edge], used: set[str]) -> int:
    """Tables that nobody spoke of, through which rows of two others meet only because they share them."""
    children: dict[str, int] = {}
    for edge in tree:
        parent = edge.table if edge.multiplies else edge.other
        children[parent] = children.get(parent, 0) + 1
    return sum(count > 1 and parent not in used for parent, count in children.items())


FITTED = Path(__file__).with_name("confidence.json")
"""Where the fitted weights are kept, with the threshold chosen by them."""

# A word that could not be placed may be the one that matters; of such readings, some 3 in 10 are right.
UNPLACED = 0.45

_KEPT = json.loads(FITTED.read_text(encoding="utf-8"))

WEIGHTS: dict[str, float] = _KEPT["weights"]

THRESHOLD: float = _KEPT["threshold"]
"""Below this, the analyst asks back instead of answering."""


def confidence_of(reader: Reader, plan: Plan | None) -> float:
    """Give a number from 0 to 1: how often a reading like this one is right."""
    if plan is None:
        return 0.0
    score = sum(WEIGHTS[name] * value for name, value in signals_of(reader, plan).items())
    return round(UNPLACED ** len(reader.unplaced) / (1 + math.exp(-score)), 3)

"""Confidence of an interpretation: logistic regression over its features, fitted by `make calibrate`."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    Item,
    Measure,
    Plan,
    columns_of,
    measures_of,
    tables_of,
)
from schema_docs.search.join_graph import Edge, has_fan_out

# Words with a grammatical function; if no rule used one of them, a part was not understood.
_MEANINGFUL_FORMS = frozenset(
    {"each", "by", "count", "both", "either", "distinct", "same", "bucket", "like", "information"}
)
_STRONG_LINK = 0.9
# A lead of this size over the next candidate counts as unambiguous.
_CLEAR_MARGIN = 0.15


def extract_features(state: ParserState, plan: Plan) -> dict[str, float]:
    """Compute all features of an interpretation, by name."""
    return {
        "bias": 1.0,
        **_word_features(state),
        **_request_features(state, plan),
        **_link_features(state),
        **_plan_features(plan),
        **_join_features(state, plan),
    }


def _word_features(state: ParserState) -> dict[str, float]:
    """Compute features of words that no rule used."""
    return {
        "words": min(len(state.spans), 30) / 10,
        "skipped_function_words": sum(kind in _MEANINGFUL_FORMS for kind in state.evidence.skipped) / 2,
        "skipped_verbs": sum(kind == "verb" for kind in state.evidence.skipped) / 2,
        "guesses": min(state.evidence.guesses, 2) / 2,
    }


def _request_features(state: ParserState, plan: Plan) -> dict[str, float]:
    """Compute features of the request: selection, number and negation."""
    # A follow-up may omit the selection.
    has_selection = state.previous_plan is not None or any(
        item.column or item.counted for item in state.selection.items
    )
    first_noun = next((span for span in state.spans if span.is_noun), None)
    return {
        "no_selection": float(not has_selection and not _shows_only_names(state, plan)),
        "limit_one_of_plural": float(plan.limit == 1 and first_noun is not None and first_noun.plural),
        "negations": float(any(span.find_word("not", "except") for span in state.spans)),
    }


def _shows_only_names(state: ParserState, plan: Plan) -> bool:
    """Check whether a plan selects only display names, which is a safe default."""
    columns = [item for item in plan.select if isinstance(item, ColumnRef)]
    roles = state.schema.roles
    return all(roles[col.table].words_of(col.column)[-1:] in {("name",), ("title",)} for col in columns)


def _link_features(state: ParserState) -> dict[str, float]:
    """Compute features of the links between words and the schema."""
    weak_scores = [score for score in state.evidence.scores if score < _STRONG_LINK]
    value_columns = [
        {(match.table, match.column) for match in span.values if match.score > _STRONG_LINK}
        for span in state.spans
    ]
    return {
        "weakest_link": 1 - min(state.evidence.scores, default=1.0),
        "weak_links": min(len(weak_scores), 4) / 4,
        "narrow_choices": min(sum(margin < 0.05 for margin in state.evidence.margins), 4) / 2,
        "closest_choice": 1 - min((*state.evidence.margins, _CLEAR_MARGIN)) / _CLEAR_MARGIN,
        "ambiguous_values": min(sum(len(places) > 1 for places in value_columns), 2) / 2,
    }


def _plan_features(plan: Plan) -> dict[str, float]:
    """Compute features of the plan's clauses."""
    nested = [c for c in plan.where if isinstance(c, Comparison) and isinstance(c.value, Plan)]
    return {
        "superlative": float(plan.limit is not None),
        "groups": float(bool(plan.group)),
        "selected": min(len(plan.select), 5) / 5,
        "nested": float(bool(nested or plan.set_operation or plan.partition_by or plan.outer_function)),
    }


def _join_features(state: ParserState, plan: Plan) -> dict[str, float]:
    """Compute features of the join tree."""
    tables = tables_of(plan)
    tree = state.schema.graph.connect(plan.entity, tables, plan.via) or ()
    used_tables = {col.table for col in columns_of((plan.select, plan.where, plan.group, plan.order))}
    used_tables |= {
        measure.table for measure in measures_of((plan.select, plan.having, plan.order)) if measure.table
    }
    idle_tables = [table for table in plan.tables if table not in used_tables and table != plan.entity]
    return {
        "tables": min(len(tables) - 1, 4) / 2,
        "idle_tables": len(idle_tables) / 2,
        "long_paths": max(len(tree) + 1 - len(tables), 0) / 2,
        "detours": float(_count_detours(tree, used_tables)),
        "repeated_rows": float(not plan.group and has_fan_out(plan.entity, tree) and _shows_rows(plan)),
        "unlabelled_groups": float(
            any(_is_unlabelled_group(state, item, plan.entity) for item in plan.group)
        ),
    }


def _is_unlabelled_group(state: ParserState, item: Item, entity: str) -> bool:
    """Check whether a plan groups by a column of another table that has no label in the notes."""
    if not isinstance(item, ColumnRef) or item.table == entity:
        return False
    return not state.schema.map.note(item.table).label


def _shows_rows(plan: Plan) -> bool:
    return not any(isinstance(item, Measure) for item in plan.select)


def _count_detours(tree: Sequence[Edge], used: set[str]) -> int:
    """Count unmentioned tables through which rows of two other tables meet only by a shared parent."""
    children: dict[str, int] = {}
    for edge in tree:
        parent = edge.table if edge.is_to_many else edge.other
        children[parent] = children.get(parent, 0) + 1
    return sum(count > 1 and parent not in used for parent, count in children.items())


WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
"""File of the fitted weights and the threshold chosen with them."""

# A word that was not understood may be essential; about 3 in 10 of such interpretations are right.
UNPLACED_PENALTY = 0.45

_CALIBRATION = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))

WEIGHTS: dict[str, float] = _CALIBRATION["weights"]

THRESHOLD: float = _CALIBRATION["threshold"]
"""Confidence below which the analyst asks for clarification instead of answering."""


def confidence_of(state: ParserState, plan: Plan | None) -> float:
    """Estimate the probability, from 0 to 1, that an interpretation is right."""
    if plan is None:
        return 0.0
    score = sum(WEIGHTS[name] * value for name, value in extract_features(state, plan).items())
    return round(UNPLACED_PENALTY ** len(state.evidence.unplaced) / (1 + math.exp(-score)), 3)

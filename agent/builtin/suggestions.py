"""Follow-up suggestions derived from a query plan."""

from collections.abc import Iterator
from datetime import date

from agent.builtin.nlg.inflection import pluralize
from agent.builtin.nlg.labels import Labels
from agent.builtin.nlg.numbers import top_n_phrase
from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    Condition,
    DateBucket,
    InPeriod,
    Measure,
    Percentage,
    Plan,
    columns_of,
)
from agent.builtin.schema.column_roles import ColumnRoles
from agent.builtin.schema.model import Schema

MAX_SUGGESTIONS = 3
# Columns with more values make too many groups.
_MAX_GROUPS = 20
_MAX_VALUE_LENGTH = 20
# Longer periods are grouped by month.
_MAX_DAILY_BUCKETS = 32
_ANY_DAY = date(2000, 1, 1)


def suggest_follow_ups(plan: Plan | None, schema: Schema) -> tuple[str, ...]:
    """Suggest up to three follow-up questions that the analyst is able to parse."""
    if plan is None:
        return tuple(
            f"How many {pluralize(schema.table_label(t))} are there?"
            for t in list(schema.roles)[:MAX_SUGGESTIONS]
        )
    if plan.outer_function or plan.set_operation or plan.partition_by:
        return ()
    follow_ups = _FollowUpGenerator(plan, schema)
    has_aggregates = any(isinstance(item, Measure | Percentage) for item in plan.select)
    questions = follow_ups.after_numbers() if has_aggregates else follow_ups.after_rows()
    return tuple(dict.fromkeys(questions))[:MAX_SUGGESTIONS]


class _FollowUpGenerator:
    """Generator of follow-up questions for one plan."""

    def __init__(self, plan: Plan, schema: Schema) -> None:
        self._plan, self._schema = plan, schema
        self._labels = Labels(schema, plan.entity)
        self._roles: ColumnRoles = schema.roles[plan.entity]
        self._fixed = {col for condition in plan.where for col in _fixed_columns(condition)}

    def after_numbers(self) -> Iterator[str]:
        """Suggest groupings and other periods."""
        plan = self._plan
        if any(isinstance(item, Percentage) for item in plan.select):
            return
        by_time = any(isinstance(item, DateBucket) for item in plan.group)
        if plan.group and not by_time and not plan.order:
            yield "Only the top 3"
        yield from self._previous_year()
        if not by_time and not plan.limit:
            yield from self._by_time()
        grouped = {item for item in plan.group if isinstance(item, ColumnRef)}
        if not plan.limit:
            yield from (
                f"By {self._label(col)} instead?" if plan.group else f"And by {self._label(col)}?"
                for col in self._categories()
                if col not in grouped
            )

    def after_rows(self) -> Iterator[str]:
        """Suggest further columns, filters and counts."""
        is_ranked = top_n_phrase(self._plan, self._labels) is not None
        is_single = is_ranked and self._plan.limit == 1
        if is_single:
            yield "And the top 5?"
        if self._plan.group and not self._shows_display_name():
            return
        selected = {item for item in self._plan.select if isinstance(item, ColumnRef)}
        for col in self._further_columns():
            if col not in selected and col not in self._fixed:
                noun = self._label(col)
                yield f"Show me {'its ' + noun if is_single else 'their ' + pluralize(noun)}"
                break
        if self._plan.limit or self._plan.group or self._is_single_row():
            return
        for col in self._categories():
            yield f"How many by {self._label(col)}?"
            if value := self._common_value(col):
                yield f"Only those with {self._label(col)} {value}"
            break

    def _is_single_row(self) -> bool:
        return any(
            col.table == self._plan.entity and col.column in self._roles.key_columns for col in self._fixed
        )

    def _shows_display_name(self) -> bool:
        return any(
            ColumnRef(self._plan.entity, name) in self._plan.select for name in self._roles.display_columns
        )

    def _previous_year(self) -> Iterator[str]:
        """Suggest the previous year, if the plan covers one whole year."""
        for condition in self._plan.where:
            if (
                isinstance(condition, InPeriod)
                and not condition.negated
                and condition.start
                and condition.end
            ):
                start, end = date.fromisoformat(condition.start[:10]), date.fromisoformat(condition.end[:10])
                if (start.month, start.day, end) == (1, 1, date(start.year + 1, 1, 1)):
                    yield f"And in {start.year - 1}?"

    def _by_time(self) -> Iterator[str]:
        if not self._roles.date_columns:
            return
        days = [
            (date.fromisoformat(c.end[:10]) - date.fromisoformat(c.start[:10])).days
            for c in self._plan.where
            if isinstance(c, InPeriod) and c.start and c.end
        ]
        if not days or min(days) > _MAX_DAILY_BUCKETS:
            yield "And by month?"
        elif min(days) > 1:
            yield "And by day?"

    def _categories(self) -> Iterator[ColumnRef]:
        """Find columns with a few short values that no condition of the plan fixes."""
        for column in self._roles.table.columns:
            profile = self._schema.map.profile(self._plan.entity, column.name)
            col = ColumnRef(self._plan.entity, column.name)
            if profile is None or column.kind not in {"text", "other"} or self._roles.is_date(column.name):
                continue
            has_few_values = (
                1 < profile.distinct_count <= _MAX_GROUPS and column.name not in self._roles.key_columns
            )
            has_short_values = all(len(value) <= _MAX_VALUE_LENGTH for value in profile.values)
            if has_few_values and has_short_values and col not in self._fixed and self._is_understood(col):
                yield col

    def _further_columns(self) -> Iterator[ColumnRef]:
        """Find further columns of the entity: first those with a unit, then measures, then the rest."""
        roles, plan = self._roles, self._plan
        names = [
            c.name
            for c in roles.table.columns
            if c.name not in {*roles.key_columns, *roles.display_columns}
            and c.kind not in {"boolean", "json", "binary"}
            and not self._labels.event_verb(ColumnRef(plan.entity, c.name))
        ]
        names.sort(key=lambda name: (roles.unit(name) is None, not roles.is_measure(name)))
        return (col for name in names if self._is_understood(col := ColumnRef(plan.entity, name)))

    def _label(self, col: ColumnRef) -> str:
        """Label a column by its own label, which the analyst understands."""
        return self._labels.label(col)

    def _is_understood(self, col: ColumnRef) -> bool:
        """Check whether the label of a column links back to this column only."""
        spans = self._schema.linker.link(self._label(col), (), _ANY_DAY).spans
        refs = spans[0].columns if len(spans) == 1 else ()
        return any((ref.table, ref.column) == (col.table, col.column) and ref.score > 0.9 for ref in refs)

    def _common_value(self, col: ColumnRef) -> str | None:
        """Find the most common alphabetic value of a column."""
        profile = self._schema.map.profile(col.table, col.column)
        return next((value for value in profile.values if value.isalpha()), None) if profile else None


def _fixed_columns(condition: Condition) -> Iterator[ColumnRef]:
    """List the columns that a condition fixes to one value."""
    if isinstance(condition, Comparison) and condition.op == "=":
        yield from columns_of(condition.item)

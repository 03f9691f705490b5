"""Questions that would follow on well from a plan."""

from collections.abc import Iterator
from datetime import date

from agent.builtin.nlg.inflection import plural
from agent.builtin.nlg.labels import Voice
from agent.builtin.nlg.ordering import leading
from agent.builtin.plan.model import Bucket, Col, Compare, Condition, During, Measure, Plan, Share, columns_of
from agent.builtin.schema.column_roles import Facts
from agent.builtin.schema.model import Schema

MOST = 3
# A column with more values than these would make too many groups.
_MOST_GROUPS = 20
_LONGEST_VALUE = 20
# A longer period is better cut into months.
_DAYS_OF_DAYS = 32
_NO_DAY = date(2000, 1, 1)


def suggest_next(plan: Plan | None, schema: Schema) -> tuple[str, ...]:
    """Up to three follow-ups that the analyst can surely read."""
    if plan is None:
        return tuple(
            f"How many {plural(schema.spoken_table(t))} are there?" for t in list(schema.facts)[:MOST]
        )
    if plan.over or plan.combined or plan.each:
        return ()
    follow_ups = _FollowUps(plan, schema)
    measured = any(isinstance(item, Measure | Share) for item in plan.show)
    found = follow_ups.after_numbers() if measured else follow_ups.after_rows()
    return tuple(dict.fromkeys(found))[:MOST]


class _FollowUps:
    """What may be asked after one plan."""

    def __init__(self, plan: Plan, schema: Schema) -> None:
        self._plan, self._schema = plan, schema
        self._voice = Voice(schema, plan.entity)
        self._facts: Facts = schema.facts[plan.entity]
        self._given = {col for condition in plan.where for col in _fixed(condition)}

    def after_numbers(self) -> Iterator[str]:
        """Cut the number up, or look at another time."""
        plan = self._plan
        if any(isinstance(item, Share) for item in plan.show):
            return
        by_time = any(isinstance(item, Bucket) for item in plan.group)
        if plan.group and not by_time and not plan.order:
            yield "Only the top 3"
        yield from self._earlier()
        if not by_time and not plan.limit:
            yield from self._by_time()
        grouped = {item for item in plan.group if isinstance(item, Col)}
        if not plan.limit:
            yield from (
                f"By {self._called(col)} instead?" if plan.group else f"And by {self._called(col)}?"
                for col in self._categories()
                if col not in grouped
            )

    def after_rows(self) -> Iterator[str]:
        """Show more of the rows, narrow them down, or count them."""
        ranked = leading(self._plan, self._voice) is not None
        one = ranked and self._plan.limit == 1
        if one:
            yield "And the top 5?"
        if self._plan.group and not self._shows_its_name():
            return
        shown = {item for item in self._plan.show if isinstance(item, Col)}
        for col in self._worth_showing():
            if col not in shown and col not in self._given:
                noun = self._called(col)
                yield f"Show me {'its ' + noun if one else 'their ' + plural(noun)}"
                break
        if self._plan.limit or self._plan.group or self._is_one_row():
            return
        for col in self._categories():
            yield f"How many by {self._called(col)}?"
            if value := self._common(col):
                yield f"Only those with {self._called(col)} {value}"
            break

    def _is_one_row(self) -> bool:
        return any(col.table == self._plan.entity and col.column in self._facts.keys for col in self._given)

    def _shows_its_name(self) -> bool:
        return any(Col(self._plan.entity, name) in self._plan.show for name in self._facts.display)

    def _earlier(self) -> Iterator[str]:
        """The year before, where one whole year was asked for."""
        for condition in self._plan.where:
            if isinstance(condition, During) and not condition.negated and condition.start and condition.end:
                start, end = date.fromisoformat(condition.start[:10]), date.fromisoformat(condition.end[:10])
                if (start.month, start.day, end) == (1, 1, date(start.year + 1, 1, 1)):
                    yield f"And in {start.year - 1}?"

    def _by_time(self) -> Iterator[str]:
        if not self._facts.dates:
            return
        days = [
            (date.fromisoformat(c.end[:10]) - date.fromisoformat(c.start[:10])).days
            for c in self._plan.where
            if isinstance(c, During) and c.start and c.end
        ]
        if not days or min(days) > _DAYS_OF_DAYS:
            yield "And by month?"
        elif min(days) > 1:
            yield "And by day?"

    def _categories(self) -> Iterator[Col]:
        """Columns with a few short values, which nothing in the plan has fixed yet."""
        for column in self._facts.table.columns:
            profile = self._schema.map.profile(self._plan.entity, column.name)
            col = Col(self._plan.entity, column.name)
            if profile is None or column.kind not in {"text", "other"} or self._facts.is_date(column.name):
                continue
            few = 1 < profile.distinct <= _MOST_GROUPS and column.name not in self._facts.keys
            short = all(len(value) <= _LONGEST_VALUE for value in profile.values)
            if few and short and col not in self._given and self._is_understood(col):
                yield col

    def _worth_showing(self) -> Iterator[Col]:
        """What people ask of a row: first what has a unit, then what is measured, then the rest."""
        facts, plan = self._facts, self._plan
        names = [
            c.name
            for c in facts.table.columns
            if c.name not in {*facts.keys, *facts.display}
            and c.kind not in {"boolean", "json", "binary"}
            and not self._voice.happened(Col(plan.entity, c.name))
        ]
        names.sort(key=lambda name: (facts.unit(name) is None, not facts.is_measure(name)))
        return (col for name in names if self._is_understood(col := Col(plan.entity, name)))

    def _called(self, col: Col) -> str:
        """A column by its own label: so it is surely understood."""
        return self._voice.label(col)

    def _is_understood(self, col: Col) -> bool:
        """Whether the words for a column lead back to it, and to no other meaning."""
        pieces = self._schema.linker.link(self._called(col), (), _NO_DAY).pieces
        refs = pieces[0].columns if len(pieces) == 1 else ()
        return any((ref.table, ref.column) == (col.table, col.column) and ref.score > 0.9 for ref in refs)

    def _common(self, col: Col) -> str | None:
        """The commonest value of a column, in words."""
        profile = self._schema.map.profile(col.table, col.column)
        return next((value for value in profile.values if value.isalpha()), None) if profile else None


def _fixed(condition: Condition) -> Iterator[Col]:
    """Columns of which a condition leaves one value."""
    if isinstance(condition, Compare) and condition.op == "=":
        yield from columns_of(condition.item)

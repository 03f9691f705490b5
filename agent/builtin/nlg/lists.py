"""Tell a list of rows: how many there are, and the first of them by name."""

from agent.builtin.nlg.fields import Field, fields_of, subject_of
from agent.builtin.nlg.filters import Traits
from agent.builtin.nlg.inflection import counted, joined, plural
from agent.builtin.nlg.labels import Voice
from agent.builtin.nlg.numbers import MOST_TOLD, Row
from agent.builtin.nlg.ordering import extreme, leading, sorted_by
from agent.builtin.plan.model import Compare, Plan, tables_of
from agent.builtin.schema.model import Schema
from store.rows import Rows

LISTED = 5
# More columns than these are in the table, and not in a sentence.
_MOST_BESIDE = 3
_MOST_ALONE = 8


def tell_list(plan: Plan, rows: Rows, schema: Schema, said_as: str | None = None) -> str:
    """Tell rows. `said_as` says what they are, where no plan alone does."""
    return _Listing(plan, rows, schema).tell(said_as)


class _Listing:
    """One result of rows, with all that is needed to tell it."""

    def __init__(self, plan: Plan, rows: Rows, schema: Schema) -> None:
        self._plan, self._rows, self._schema = plan, rows, schema
        self._voice = Voice(schema, plan.entity)
        self._traits = Traits(schema, plan.entity, short=True)
        self._fields = fields_of(plan, self._voice)
        self._subject = subject_of(self._fields, plan)
        self._beside = [field for field in self._fields if field is not self._subject]

    def tell(self, said_as: str | None) -> str:
        """The whole sentence."""
        if said_as:
            return f"{self._many('result')} for the {said_as}{self._names()}."
        if self._plan.each:
            return self._best_of_each()
        if best := leading(self._plan, self._voice):
            return self._best(best)
        if self._beside and not self._subject and len(self._beside) == 1 and not self._is_given():
            return self._values(self._beside[0])
        return self._things()

    def _is_given(self) -> bool:
        """Whether all rows have the one value shown, because it was asked for."""
        given = {c.item for c in self._plan.where if isinstance(c, Compare) and c.op == "="}
        return self._counts_rows() and bool(self._plan.show) and set(self._plan.show) <= given

    def _best(self, best: str) -> str:
        """`The product with the highest price is …`."""
        count = len(self._rows)
        whole = self._rest()
        own = self._subject is not None or not self._plan.group
        noun = self._voice.table(self._plan.entity) if own else joined([f.alone for f in self._fields])
        if own and not self._subject and len(self._beside) == 1:
            return self._value_of_best(self._beside[0], best)
        many = "one" if count == 1 else f"{count:,}"
        if whole:
            of = f"of all {self._traits.whole(self._plan)}"
            name = (
                f"the {many} with {best}"
                if own
                else f"the {noun if count == 1 else many + ' ' + plural(noun)} with {best}"
            )
            head = f"{of}, {name}" if own else f"{name}, {of}"
        else:
            head = f"the {noun if count == 1 else f'{count:,} {plural(noun)}'} with {best}"
        if not self._can_name():
            return f"{head} {'is' if count == 1 else 'are'} in the table."
        return f"{head} is {self._named(self._rows.values[0])}." if count == 1 else f"{head}{self._names()}."

    def _value_of_best(self, field: Field, best: str) -> str:
        """`The e-mail of the customer with the latest order date is …`."""
        count, things = len(self._rows), self._traits.of(self._plan)
        noun = self._voice.table(self._plan.entity)
        of_all = f", of all {self._traits.things(self._plan)}" if things else ""
        if count == 1:
            value = field.value(self._rows.values[0], self._voice)
            comma = "," if of_all else ""
            return f"the {field.noun} of the {noun} with {best}{of_all}{comma} is {value}."
        return f"the {field.many} of the {counted(count, noun)} with {best}{of_all}{self._names()}."

    def _best_of_each(self) -> str:
        best = extreme(self._plan.order[0], self._voice) if self._plan.order else None
        each = joined([self._voice.item(item) for item in self._plan.each])
        limit = self._plan.limit or 1
        noun = self._voice.table(self._plan.entity)
        which = f"the {noun if limit == 1 else f'{limit} {plural(noun)}'}"
        with_best = f" with {best}" if best else ""
        return f"{which}{self._traits.of(self._plan)}{with_best} for each {each}{self._names()}."

    def _values(self, field: Field) -> str:
        """One column that is not the rows' own name."""
        count = len(self._rows)
        things = self._traits.whole(self._plan)
        if self._plan.distinct or self._plan.group:
            be = "is" if count == 1 and not self._rows.truncated else "are"
            among = f" among {things}" if self._traits.of(self._plan) or self._plan.having else ""
            many = self._many(f"different {field.noun if among else field.alone}")
            return f"there {be} {many}{among}{self._names()}."
        if count == 1 and self._counts_rows():
            one = self._traits.things(self._plan, one=True)
            return f"the {field.noun} of the {one} is {field.value(self._rows.values[0], self._voice)}."
        if not self._counts_rows():
            return f"{self._many(field.noun)} of {things}{self._names()}."
        rest = self._rest()
        kept = f"the {field.many} of {self._many(self._voice.table(self._plan.entity))}{rest}"
        return f"{kept}{sorted_by(self._plan, self._voice)}{self._names()}."

    def _things(self) -> str:
        """Rows as what they are: `There are 4 suppliers with country Germany: …`."""
        noun = self._voice.table(self._plan.entity)
        rest = self._rest()
        order = sorted_by(self._plan, self._voice)
        count = len(self._rows)
        if not self._counts_rows():
            different = "different name" if self._subject and not self._beside else "row"
            return f"there are {self._many(different)} for {plural(noun)}{rest}{order}{self._names()}."
        if self._plan.limit is not None and count >= self._plan.limit:
            return f"here {'is' if count == 1 else 'are'} {counted(count, noun)}{rest}{order}{self._names()}."
        be = "is" if count == 1 and not self._rows.truncated else "are"
        return f"there {be} {self._many(noun)}{rest}{order}{self._names()}."

    def _rest(self) -> str:
        """All that holds for the rows, behind their noun."""
        return self._traits.whole(self._plan).removeprefix(plural(self._voice.table(self._plan.entity)))

    def _many(self, noun: str) -> str:
        count = len(self._rows)
        return f"more than {count:,} {plural(noun)}" if self._rows.truncated else counted(count, noun)

    def _counts_rows(self) -> bool:
        """Whether every row of the result is one row of the plan's table."""
        plan = self._plan
        if plan.group:
            return self._subject is not None
        far = any(self._schema.to_many(plan.entity, table) for table in tables_of(plan)[1:])
        return not far and not (plan.distinct and self._subject is None)

    def _can_name(self) -> bool:
        most = _MOST_ALONE if len(self._rows) == 1 else _MOST_BESIDE
        return len(self._beside) <= most

    def _names(self) -> str:
        """The first rows by name, with a colon before them; of many columns, where to find them."""
        if self._is_given():
            return ""
        if not self._can_name():
            return "; the table shows it" if len(self._rows) == 1 else "; they are in the table"
        count = len(self._rows)
        listed = self._rows.values[: count if count <= MOST_TOLD else LISTED]
        names = [self._named(row) for row in listed]
        if self._rows.truncated:
            return f", among them {joined(names)}"
        if self._plan.limit and count <= 10:
            names = [self._named(row) for row in self._rows.values]
        elif count > len(listed):
            names.append(f"{count - len(listed):,} more")
        return f": {joined(names)}"

    def _named(self, row: Row) -> str:
        beside = [self._beside_name(field, row) for field in self._beside]
        if self._subject is None:
            return ", ".join(beside)
        name = self._subject.value(row, self._voice)
        return f"{name} ({', '.join(beside)})" if beside else name

    def _beside_name(self, field: Field, row: Row) -> str:
        value = field.value(row, self._voice)
        alone = len(self._beside) == 1 and (isinstance(row[field.at[0]], str) or self._voice.unit(field.item))
        bare = field.table or alone or row[field.at[0]] is None or self._voice.is_dated(field.item)
        return value if bare else f"{field.noun} {value}"

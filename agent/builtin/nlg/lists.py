"""Descriptions of row lists: how many rows there are, and the names of the first few."""

from agent.builtin.nlg.filters import FilterPhrases
from agent.builtin.nlg.inflection import format_count, join_phrases, pluralize
from agent.builtin.nlg.labels import Labels, ResultField, result_fields, subject_field
from agent.builtin.nlg.numbers import MAX_LISTED, Row, sort_phrase, superlative, top_n_phrase
from agent.builtin.plan.model import Comparison, Plan, tables_of
from agent.builtin.schema.model import Schema
from store.rows import Rows

LISTED_ROWS = 5
# With more columns, the sentence refers to the result table instead.
_MAX_DETAILS = 3
_MAX_DETAILS_OF_ONE_ROW = 8


def describe_list(plan: Plan, rows: Rows, schema: Schema, description: str | None = None) -> str:
    """Describe a list of rows. `description` names the rows where the plan alone does not."""
    return _ListDescription(plan, rows, schema).describe(description)


class _ListDescription:
    """Description of one result, with its plan, labels and fields."""

    def __init__(self, plan: Plan, rows: Rows, schema: Schema) -> None:
        self._plan, self._rows, self._schema = plan, rows, schema
        self._labels = Labels(schema, plan.entity)
        self._phrases = FilterPhrases(schema, plan.entity, short=True)
        self._fields = result_fields(plan, self._labels)
        self._subject = subject_field(self._fields, plan)
        self._details = [field for field in self._fields if field is not self._subject]

    def describe(self, description: str | None) -> str:
        """Build the whole sentence."""
        if description:
            return f"{self._count_phrase('result')} for the {description}{self._row_names()}."
        if self._plan.partition_by:
            return self._best_per_group()
        if extreme := top_n_phrase(self._plan, self._labels):
            return self._top_rows(extreme)
        if self._details and not self._subject and len(self._details) == 1 and not self._is_given():
            return self._one_column(self._details[0])
        return self._whole_rows()

    def _is_given(self) -> bool:
        """Check whether all rows show the one value that a condition requires."""
        fixed_items = {c.item for c in self._plan.where if isinstance(c, Comparison) and c.op == "="}
        return (
            self._is_one_row_per_entity()
            and bool(self._plan.select)
            and set(self._plan.select) <= fixed_items
        )

    def _top_rows(self, extreme: str) -> str:
        """`The product with the highest price is …`."""
        count = len(self._rows)
        suffix = self._modifiers()
        is_entity = self._subject is not None or not self._plan.group
        noun = (
            self._labels.table(self._plan.entity)
            if is_entity
            else join_phrases([f.standalone_noun for f in self._fields])
        )
        if is_entity and not self._subject and len(self._details) == 1:
            return self._top_row_value(self._details[0], extreme)
        number = "one" if count == 1 else f"{count:,}"
        if suffix:
            population = f"of all {self._phrases.result_rows(self._plan)}"
            name = (
                f"the {number} with {extreme}"
                if is_entity
                else f"the {noun if count == 1 else number + ' ' + pluralize(noun)} with {extreme}"
            )
            heading = f"{population}, {name}" if is_entity else f"{name}, {population}"
        else:
            heading = f"the {noun if count == 1 else f'{count:,} {pluralize(noun)}'} with {extreme}"
        if not self._fits_sentence():
            return f"{heading} {'is' if count == 1 else 'are'} in the table."
        return (
            f"{heading} is {self._row_name(self._rows.values[0])}."
            if count == 1
            else f"{heading}{self._row_names()}."
        )

    def _top_row_value(self, field: ResultField, extreme: str) -> str:
        """`The e-mail of the customer with the latest order date is …`."""
        count, suffix = len(self._rows), self._phrases.suffix(self._plan)
        noun = self._labels.table(self._plan.entity)
        population = f", of all {self._phrases.rows(self._plan)}" if suffix else ""
        if count == 1:
            value = field.value(self._rows.values[0], self._labels)
            comma = "," if population else ""
            return f"the {field.noun} of the {noun} with {extreme}{population}{comma} is {value}."
        rows = format_count(count, noun)
        return f"the {field.plural_noun} of the {rows} with {extreme}{population}{self._row_names()}."

    def _best_per_group(self) -> str:
        extreme = superlative(self._plan.order[0], self._labels) if self._plan.order else None
        groups = join_phrases([self._labels.item(item) for item in self._plan.partition_by])
        limit = self._plan.limit or 1
        noun = self._labels.table(self._plan.entity)
        rows = f"the {noun if limit == 1 else f'{limit} {pluralize(noun)}'}"
        with_best = f" with {extreme}" if extreme else ""
        return f"{rows}{self._phrases.suffix(self._plan)}{with_best} for each {groups}{self._row_names()}."

    def _one_column(self, field: ResultField) -> str:
        """Describe one column that is not the display name of the rows."""
        count = len(self._rows)
        rows = self._phrases.result_rows(self._plan)
        if self._plan.distinct or self._plan.group:
            verb = "is" if count == 1 and not self._rows.truncated else "are"
            population = f" among {rows}" if self._phrases.suffix(self._plan) or self._plan.having else ""
            values = self._count_phrase(f"different {field.noun if population else field.standalone_noun}")
            return f"there {verb} {values}{population}{self._row_names()}."
        if count == 1 and self._is_one_row_per_entity():
            row_phrase = self._phrases.rows(self._plan, singular=True)
            return (
                f"the {field.noun} of the {row_phrase} is {field.value(self._rows.values[0], self._labels)}."
            )
        if not self._is_one_row_per_entity():
            return f"{self._count_phrase(field.noun)} of {rows}{self._row_names()}."
        suffix = self._modifiers()
        heading = (
            f"the {field.plural_noun} of {self._count_phrase(self._labels.table(self._plan.entity))}{suffix}"
        )
        return f"{heading}{sort_phrase(self._plan, self._labels)}{self._row_names()}."

    def _whole_rows(self) -> str:
        """Describe rows by their entity: `There are 4 suppliers with country Germany: …`."""
        noun = self._labels.table(self._plan.entity)
        suffix = self._modifiers()
        order = sort_phrase(self._plan, self._labels)
        count = len(self._rows)
        if not self._is_one_row_per_entity():
            noun_phrase = "different name" if self._subject and not self._details else "row"
            rows = f"{self._count_phrase(noun_phrase)} for {pluralize(noun)}"
            return f"there are {rows}{suffix}{order}{self._row_names()}."
        if self._plan.limit is not None and count >= self._plan.limit:
            rows = format_count(count, noun)
            return f"here {'is' if count == 1 else 'are'} {rows}{suffix}{order}{self._row_names()}."
        verb = "is" if count == 1 and not self._rows.truncated else "are"
        return f"there {verb} {self._count_phrase(noun)}{suffix}{order}{self._row_names()}."

    def _modifiers(self) -> str:
        """Build the conditions of the rows, to follow their noun."""
        return self._phrases.result_rows(self._plan).removeprefix(
            pluralize(self._labels.table(self._plan.entity))
        )

    def _count_phrase(self, noun: str) -> str:
        count = len(self._rows)
        return f"more than {count:,} {pluralize(noun)}" if self._rows.truncated else format_count(count, noun)

    def _is_one_row_per_entity(self) -> bool:
        """Check whether every row of the result is one row of the plan's entity."""
        plan = self._plan
        if plan.group:
            return self._subject is not None
        is_to_many = any(self._schema.is_to_many(plan.entity, table) for table in tables_of(plan)[1:])
        return not is_to_many and not (plan.distinct and self._subject is None)

    def _fits_sentence(self) -> bool:
        max_details = _MAX_DETAILS_OF_ONE_ROW if len(self._rows) == 1 else _MAX_DETAILS
        return len(self._details) <= max_details

    def _row_names(self) -> str:
        """List the first rows by name after a colon; with many columns, refer to the result table."""
        if self._is_given():
            return ""
        if not self._fits_sentence():
            return "; the table shows it" if len(self._rows) == 1 else "; they are in the table"
        count = len(self._rows)
        listed_rows = self._rows.values[: count if count <= MAX_LISTED else LISTED_ROWS]
        names = [self._row_name(row) for row in listed_rows]
        if self._rows.truncated:
            return f", among them {join_phrases(names)}"
        if self._plan.limit and count <= 10:
            names = [self._row_name(row) for row in self._rows.values]
        elif count > len(listed_rows):
            names.append(f"{count - len(listed_rows):,} more")
        return f": {join_phrases(names)}"

    def _row_name(self, row: Row) -> str:
        details = [self._detail(field, row) for field in self._details]
        if self._subject is None:
            return ", ".join(details)
        name = self._subject.value(row, self._labels)
        return f"{name} ({', '.join(details)})" if details else name

    def _detail(self, field: ResultField, row: Row) -> str:
        value = field.value(row, self._labels)
        is_self_explanatory = len(self._details) == 1 and (
            isinstance(row[field.positions[0]], str) or self._labels.unit(field.item)
        )
        is_bare = (
            field.table
            or is_self_explanatory
            or row[field.positions[0]] is None
            or self._labels.is_date_item(field.item)
        )
        return value if is_bare else f"{field.noun} {value}"

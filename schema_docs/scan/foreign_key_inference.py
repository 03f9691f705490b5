"""Relationships that nobody declared, guessed from names, types and values, for people to decide on."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from schema_docs.text.tokenize import split_name, stem
from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.target import ColumnProfile

Profiles = Mapping[str, Mapping[str, ColumnProfile]]

# Endings of names that point somewhere: `customer_id`, `country_code`.
_POINTING = frozenset({"id", "code", "no", "nr", "key", "number", "fk", "ref"})
# Of the frequent values of a column, so many must be among those it points at.
_LEAST_SHARED = 0.9
_KEYS = frozenset({"integer", "text", "number", "other"})


def guess_relations(
    catalog: Catalog, profiles: Profiles, refused: Collection[tuple[str, ForeignKey]] = ()
) -> dict[str, tuple[ForeignKey, ...]]:
    """Give guessed keys by the full names of their tables; never one that is declared or was refused."""
    owners = _owners(catalog)
    guesses: dict[str, tuple[ForeignKey, ...]] = {}
    for table in catalog:
        pointing = {name for key in table.foreign_keys for name in key.columns}
        if table.is_view:
            continue
        found = [
            key
            for column in table.columns
            if column.name not in pointing
            and (key := _guess(table, column, owners, profiles))
            and (table.full_name, key) not in refused
        ]
        if found:
            guesses[table.full_name] = tuple(found)
    return guesses


def _owners(catalog: Catalog) -> Mapping[tuple[str, ...], list[tuple[Table, Column]]]:
    """Give the single columns that identify a row, by the words that would point at them."""
    owners: defaultdict[tuple[str, ...], list[tuple[Table, Column]]] = defaultdict(list)
    for table in catalog:
        keys = [(name) for (name,) in (key for key in (table.primary_key, *table.unique) if len(key) == 1)]
        for name in dict.fromkeys(keys):
            column = table.column(name)
            if column is None or column.kind not in _KEYS:
                continue
            own = _words(name)
            whole = (*_words(table.name), *own) if set(own) <= _POINTING else own
            # `order_id` in `orders` and a bare `id` are called alike from elsewhere.
            for words in {whole, own}:
                if words and not set(words) <= _POINTING and words[-1] in _POINTING:
                    owners[words].append((table, column))
    return owners


def _guess(
    table: Table,
    column: Column,
    owners: Mapping[tuple[str, ...], list[tuple[Table, Column]]],
    profiles: Profiles,
) -> ForeignKey | None:
    """Point a column at the one key that its name and its values fit; at none where several do."""
    words = _words(column.name)
    own = (column.name,) in (table.primary_key, *table.unique)
    if own or len(words) < 2 or words[-1] not in _POINTING:
        return None
    # `shipping_address_id` points at an address as well.
    for start in range(len(words) - 1):
        fitting = [
            (other, key)
            for other, key in owners.get(words[start:], ())
            if other.full_name != table.full_name
            and key.kind == column.kind
            and _fits(_profile(profiles, table, column), _profile(profiles, other, key))
        ]
        if len(fitting) == 1:
            ((other, key),) = fitting
            return ForeignKey((column.name,), other.full_name, (key.name,))
    return None


def _fits(ours: ColumnProfile | None, theirs: ColumnProfile | None) -> bool:
    """Tell whether values may point at others, as far as samples of both can say."""
    if ours is None or theirs is None or not ours.values or not theirs.values:
        return True
    if theirs.complete:
        shared = sum(value in set(theirs.values) for value in ours.values)
        return shared >= _LEAST_SHARED * len(ours.values)
    return _within(ours, theirs)


def _within(ours: ColumnProfile, theirs: ColumnProfile) -> bool:
    numbers: list[Any] = [ours.smallest, ours.largest, theirs.smallest, theirs.largest]
    if all(isinstance(each, int | float) and not isinstance(each, bool | date) for each in numbers):
        # A sample need not hold the very ends.
        room = (numbers[3] - numbers[2]) * 0.1
        return bool(numbers[2] - room <= numbers[0] and numbers[1] <= numbers[3] + room)
    return True


def _profile(profiles: Profiles, table: Table, column: Column) -> ColumnProfile | None:
    return profiles.get(table.full_name, {}).get(column.name)


def _words(name: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in split_name(name))


def told(guesses: Mapping[str, tuple[ForeignKey, ...]]) -> Iterator[str]:
    """Say each guess in a line."""
    for table, keys in guesses.items():
        for key in keys:
            yield f"{table}.{key.columns[0]} -> {key.other_table}.{key.other_columns[0]}"

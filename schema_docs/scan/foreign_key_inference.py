"""Foreign-key inference: guesses undeclared relationships from names, types and values, for review."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from schema_docs.text.identifiers import lemmatize
from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.target import ColumnProfile

Profiles = Mapping[str, Mapping[str, ColumnProfile]]

# Last words of names that refer to another table: `customer_id`, `country_code`.
_REFERENCE_SUFFIXES = frozenset({"id", "code", "no", "nr", "key", "number", "fk", "ref"})
# Share of a column's frequent values that must be among those of the referenced column.
_MIN_SHARED = 0.9
_KEY_KINDS = frozenset({"integer", "text", "number", "other"})
# Primary keys of these names identify nothing elsewhere.
_GENERIC_NAMES = frozenset({"name", "title", "type", "status", "date", "year", "description"})


def infer_foreign_keys(
    catalog: Catalog, profiles: Profiles, rejected: Collection[tuple[str, ForeignKey]] = ()
) -> dict[str, tuple[ForeignKey, ...]]:
    """Return inferred keys by full table name; never one that is declared or was rejected."""
    keys_by_words = _index_keys(catalog)
    inferred_keys: dict[str, tuple[ForeignKey, ...]] = {}
    for table in catalog:
        declared = {name for key in table.foreign_keys for name in key.columns}
        if table.is_view:
            continue
        inferred = [
            key
            for column in table.columns
            if column.name not in declared
            and (key := _infer_key(table, column, keys_by_words, profiles))
            and (table.full_name, key) not in rejected
        ]
        if inferred:
            inferred_keys[table.full_name] = tuple(inferred)
    return inferred_keys


def _index_keys(catalog: Catalog) -> Mapping[tuple[str, ...], list[tuple[Table, Column]]]:
    """Return the single-column keys, by the words that a reference to them would have in its name."""
    keys_by_words: defaultdict[tuple[str, ...], list[tuple[Table, Column]]] = defaultdict(list)
    for table in catalog:
        keys = [(name) for (name,) in (key for key in (table.primary_key, *table.unique) if len(key) == 1)]
        for name in dict.fromkeys(keys):
            column = table.column(name)
            if column is None or column.kind not in _KEY_KINDS:
                continue
            name_words = lemmatize(name)
            full_words = (
                (*lemmatize(table.name), *name_words)
                if set(name_words) <= _REFERENCE_SUFFIXES
                else name_words
            )
            # References to `orders.order_id` and to a bare `orders.id` have the same name.
            for words in {full_words, name_words}:
                if _is_reference(words):
                    keys_by_words[words].append((table, column))
            is_generic = set(name_words) <= _REFERENCE_SUFFIXES | _GENERIC_NAMES
            if (name,) == table.primary_key and not is_generic and not _is_reference(name_words):
                keys_by_words[name_words].append((table, column))
    return keys_by_words


def _is_reference(words: Sequence[str]) -> bool:
    """Return whether a name of these words looks like a reference to another table."""
    return bool(words) and words[-1] in _REFERENCE_SUFFIXES and not set(words) <= _REFERENCE_SUFFIXES


def _infer_key(
    table: Table,
    column: Column,
    keys_by_words: Mapping[tuple[str, ...], list[tuple[Table, Column]]],
    profiles: Profiles,
) -> ForeignKey | None:
    """Return the one key that a column's name and values fit; None if there are several.

    The name ends in the words of the key, or is equal to the name of the key.
    """
    words = lemmatize(column.name)
    is_key = (column.name,) in (table.primary_key, *table.unique)
    if is_key:
        return None
    # `shipping_address_id` refers to an address as well.
    for start in range(len(words) - 1) if _is_reference(words) else (0,):
        candidates = [
            (other, key)
            for other, key in keys_by_words.get(words[start:], ())
            if other.full_name != table.full_name
            and key.kind == column.kind
            and _is_contained(_profile(profiles, table, column), _profile(profiles, other, key))
        ]
        if len(candidates) == 1:
            ((other, key),) = candidates
            return ForeignKey((column.name,), other.full_name, (key.name,))
    return None


def _is_contained(profile: ColumnProfile | None, referenced: ColumnProfile | None) -> bool:
    """Return whether the values of one column are among those of another, as far as samples can tell."""
    if profile is None or referenced is None or not profile.values or not referenced.values:
        return True
    if referenced.complete:
        shared = sum(value in set(referenced.values) for value in profile.values)
        return shared >= _MIN_SHARED * len(profile.values)
    return _is_range_contained(profile, referenced)


def _is_range_contained(profile: ColumnProfile, referenced: ColumnProfile) -> bool:
    numbers: list[Any] = [profile.smallest, profile.largest, referenced.smallest, referenced.largest]
    if all(isinstance(number, int | float) and not isinstance(number, bool | date) for number in numbers):
        # A sample rarely contains the extremes.
        margin = (numbers[3] - numbers[2]) * 0.1
        return bool(numbers[2] - margin <= numbers[0] and numbers[1] <= numbers[3] + margin)
    return True


def _profile(profiles: Profiles, table: Table, column: Column) -> ColumnProfile | None:
    return profiles.get(table.full_name, {}).get(column.name)


def format_keys(inferred_keys: Mapping[str, tuple[ForeignKey, ...]]) -> Iterator[str]:
    """Yield each inferred key as one line."""
    for table, keys in inferred_keys.items():
        for key in keys:
            yield f"{table}.{key.columns[0]} -> {key.referenced_table}.{key.referenced_columns[0]}"

"""Schema drift: changes of a catalog between two scans."""

from dataclasses import dataclass

from store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class SchemaDrift:
    """Changed tables by full name and columns as `table.column`, sorted. A changed type counts as changed.

    `examples_archived` are the questions of examples that are no longer valid for the catalog.
    """

    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_changed: tuple[str, ...] = ()
    examples_archived: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != SchemaDrift()

    def __str__(self) -> str:
        counted = (
            (len(self.tables_added), "table", "added"),
            (len(self.tables_removed), "table", "removed"),
            (len(self.columns_added), "column", "added"),
            (len(self.columns_removed), "column", "removed"),
            (len(self.columns_changed), "column", "changed"),
            (len(self.examples_archived), "example", "archived"),
        )
        parts = (
            f"{count} {noun}{'s' if count > 1 else ''} {change}" for count, noun, change in counted if count
        )
        return ", ".join(parts) or "no change"


def compare_catalogs(before: Catalog, after: Catalog) -> SchemaDrift:
    """Compare two catalogs; columns of added or removed tables are not listed one by one."""
    old = {table.full_name: table for table in before}
    new = {table.full_name: table for table in after}
    common = old.keys() & new.keys()
    old_types = {f"{name}.{column.name}": column.type for name in common for column in old[name].columns}
    new_types = {f"{name}.{column.name}": column.type for name in common for column in new[name].columns}
    return SchemaDrift(
        tables_added=tuple(sorted(new.keys() - old.keys())),
        tables_removed=tuple(sorted(old.keys() - new.keys())),
        columns_added=tuple(sorted(new_types.keys() - old_types.keys())),
        columns_removed=tuple(sorted(old_types.keys() - new_types.keys())),
        columns_changed=tuple(
            sorted(name for name in old_types.keys() & new_types.keys() if old_types[name] != new_types[name])
        ),
    )

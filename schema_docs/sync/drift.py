"""What has changed between two looks at a target."""

from dataclasses import dataclass

from store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Drift:
    """Tables by their full names and columns as `table.column`, sorted. A changed type counts as changed.

    `examples_retired` are the questions of examples that no longer stand up to the catalog.
    """

    tables_added: tuple[str, ...] = ()
    tables_gone: tuple[str, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_gone: tuple[str, ...] = ()
    columns_changed: tuple[str, ...] = ()
    examples_retired: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Drift()

    def __str__(self) -> str:
        counted = (
            (len(self.tables_added), "table", "added"),
            (len(self.tables_gone), "table", "gone"),
            (len(self.columns_added), "column", "added"),
            (len(self.columns_gone), "column", "gone"),
            (len(self.columns_changed), "column", "changed"),
            (len(self.examples_retired), "example", "retired"),
        )
        said = (f"{count} {thing}{'s' if count > 1 else ''} {how}" for count, thing, how in counted if count)
        return ", ".join(said) or "no change"


def compare(before: Catalog, after: Catalog) -> Drift:
    """Name what is new, gone or changed; columns of a new or lost table are not named one by one."""
    old = {table.full_name: table for table in before}
    new = {table.full_name: table for table in after}
    both = old.keys() & new.keys()
    had = {f"{name}.{column.name}": column.type for name in both for column in old[name].columns}
    has = {f"{name}.{column.name}": column.type for name in both for column in new[name].columns}
    return Drift(
        tables_added=tuple(sorted(new.keys() - old.keys())),
        tables_gone=tuple(sorted(old.keys() - new.keys())),
        columns_added=tuple(sorted(has.keys() - had.keys())),
        columns_gone=tuple(sorted(had.keys() - has.keys())),
        columns_changed=tuple(sorted(name for name in had.keys() & has.keys() if had[name] != has[name])),
    )

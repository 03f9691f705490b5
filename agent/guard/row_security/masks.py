"""Masks as expressions, in the words of each engine."""

from sqlglot import exp

from agent.guard.dialects import ENGINES
from agent.guard.row_security.parameters import Marks
from store.access.roles import Mask
from store.catalog import Column, Dialect

# Never true, which the engine cannot say of a bare NULL: so the column keeps its type.
_NOTHING = "CASE WHEN 1 = 0 THEN value END"
_TEXT = "CAST(value AS TEXT)"
# Of a short text the last four would be most of it.
_LAST_FOUR = "CASE WHEN {length} >= 8 THEN {shown} WHEN NOT value IS NULL THEN '****' END"
_LAST_FOURS: dict[Dialect, str] = {
    "postgres": _LAST_FOUR.format(length=f"LENGTH({_TEXT})", shown=f"'****' || RIGHT({_TEXT}, 4)"),
    "duckdb": _LAST_FOUR.format(length=f"LENGTH({_TEXT})", shown=f"'****' || RIGHT({_TEXT}, 4)"),
    "sqlite": _LAST_FOUR.format(length=f"LENGTH({_TEXT})", shown=f"'****' || SUBSTR({_TEXT}, -4)"),
    "mysql": _LAST_FOUR.format(
        length="CHAR_LENGTH(CAST(value AS CHAR))", shown="CONCAT('****', RIGHT(CAST(value AS CHAR), 4))"
    ),
}
# SQLite has no such function; its target brings one along.
SQLITE_HASH = "querent_hash"
_HASHES: dict[Dialect, str] = {
    "postgres": f"LEFT(ENCODE(SHA256(CONVERT_TO(CAST(salt AS TEXT) || {_TEXT}, 'UTF8')), 'hex'), 16)",
    "duckdb": f"LEFT(SHA256(CAST(salt AS TEXT) || {_TEXT}), 16)",
    "sqlite": f"{SQLITE_HASH}(salt, value)",
    "mysql": "LEFT(SHA2(CONCAT(salt, CAST(value AS CHAR)), 256), 16)",
}
_STEP = "FLOOR(value / width) * step"
_STEPS: dict[Dialect, str] = {
    "postgres": _STEP,
    "duckdb": _STEP,
    "mysql": _STEP,
    # Not every SQLite has FLOOR; this one rounds towards zero first.
    "sqlite": "(CAST(value / width AS INTEGER) - (value / width < CAST(value / width AS INTEGER))) * step",
}
_STARTS: dict[Dialect, str] = {
    "postgres": "CAST(DATE_TRUNC('{unit}', CAST(value AS TIMESTAMP)) AS DATE)",
    "duckdb": "CAST(DATE_TRUNC('{unit}', value) AS DATE)",
    "mysql": "CAST(DATE_FORMAT(value, '{form}') AS DATE)",
    "sqlite": "STRFTIME('{form}', value)",
}
_FORMS = {"month": "%Y-%m-01", "year": "%Y-01-01"}
_NUMBERS = ("integer", "number")
_DATES = ("date", "timestamp")


def fits(mask: Mask, column: Column) -> bool:
    """Say whether the column is of a kind that can be shown in this way."""
    if mask.kind != "bucket":
        return True
    return column.kind in (_DATES if isinstance(mask.width, str) else _NUMBERS)


def put_on(mask: Mask, value: exp.Column, column: Column, dialect: Dialect, marks: Marks) -> exp.Expr:
    """What is shown in the place of `value`; nothing at all where the mask does not fit the column."""
    if not fits(mask, column):
        return _fill(_NOTHING, dialect, value=value)
    match mask.kind:
        case "null":
            return _fill(_NOTHING, dialect, value=value)
        case "hash":
            return _fill(_HASHES[dialect], dialect, value=value, salt=marks.salt())
        case "last_four":
            return _fill(_LAST_FOURS[dialect], dialect, value=value)
    if isinstance(mask.width, str):
        text = _STARTS[dialect].format(unit=mask.width, form=_FORMS[mask.width])
        return _fill(text, dialect, value=value)
    step = f"{float(mask.width or 1):f}".rstrip("0").rstrip(".")
    # Divided by something with a point: two whole numbers would be divided without a rest.
    width = step if "." in step else f"{step}.0"
    parts = {"width": exp.Literal.number(width), "step": exp.Literal.number(step)}
    return _fill(_STEPS[dialect], dialect, value=value, **parts)


def _fill(text: str, dialect: Dialect, **parts: exp.Expr) -> exp.Expr:
    """Parse one of the texts above, and put expressions in the place of its names."""
    tree = exp.Paren(this=ENGINES[dialect].parse(text)[0])
    for column in list(tree.find_all(exp.Column)):
        column.replace(parts[column.name].copy())
    inner: exp.Expr = tree.this
    return inner

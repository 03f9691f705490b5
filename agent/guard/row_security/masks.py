"""Column masks as SQL expressions of each dialect."""

from sqlglot import exp

from agent.guard.dialects import ENGINES
from agent.guard.row_security.parameters import ParameterBinder
from store.access.roles import Mask
from store.catalog import Column, Dialect

# Always NULL, but unlike a bare NULL it keeps the type of the column.
_NULL = "CASE WHEN 1 = 0 THEN value END"
_TEXT = "CAST(value AS TEXT)"
# The last four characters would reveal most of a short text.
_LAST_FOUR = "CASE WHEN {length} >= 8 THEN {suffix} WHEN NOT value IS NULL THEN '****' END"
_LAST_FOUR_MASKS: dict[Dialect, str] = {
    "postgres": _LAST_FOUR.format(length=f"LENGTH({_TEXT})", suffix=f"'****' || RIGHT({_TEXT}, 4)"),
    "duckdb": _LAST_FOUR.format(length=f"LENGTH({_TEXT})", suffix=f"'****' || RIGHT({_TEXT}, 4)"),
    "sqlite": _LAST_FOUR.format(length=f"LENGTH({_TEXT})", suffix=f"'****' || SUBSTR({_TEXT}, -4)"),
    "mysql": _LAST_FOUR.format(
        length="CHAR_LENGTH(CAST(value AS CHAR))", suffix="CONCAT('****', RIGHT(CAST(value AS CHAR), 4))"
    ),
}
# SQLite has no hash function; its target registers this one.
SQLITE_HASH = "querent_hash"
_HASH_MASKS: dict[Dialect, str] = {
    "postgres": f"LEFT(ENCODE(SHA256(CONVERT_TO(CAST(salt AS TEXT) || {_TEXT}, 'UTF8')), 'hex'), 16)",
    "duckdb": f"LEFT(SHA256(CAST(salt AS TEXT) || {_TEXT}), 16)",
    "sqlite": f"{SQLITE_HASH}(salt, value)",
    "mysql": "LEFT(SHA2(CONCAT(salt, CAST(value AS CHAR)), 256), 16)",
}
_NUMBER_BUCKET = "FLOOR(value / width) * step"
_NUMBER_BUCKETS: dict[Dialect, str] = {
    "postgres": _NUMBER_BUCKET,
    "duckdb": _NUMBER_BUCKET,
    "mysql": _NUMBER_BUCKET,
    # Not every SQLite build has FLOOR; CAST rounds towards zero, which is corrected for negative numbers.
    "sqlite": "(CAST(value / width AS INTEGER) - (value / width < CAST(value / width AS INTEGER))) * step",
}
_DATE_BUCKETS: dict[Dialect, str] = {
    "postgres": "CAST(DATE_TRUNC('{unit}', CAST(value AS TIMESTAMP)) AS DATE)",
    "duckdb": "CAST(DATE_TRUNC('{unit}', value) AS DATE)",
    "mysql": "CAST(DATE_FORMAT(value, '{format}') AS DATE)",
    "sqlite": "STRFTIME('{format}', value)",
}
_DATE_FORMATS = {"month": "%Y-%m-01", "year": "%Y-01-01"}
_NUMBER_KINDS = ("integer", "number")
_DATE_KINDS = ("date", "timestamp")


def mask_fits(mask: Mask, column: Column) -> bool:
    """Tell whether a mask can be applied to columns of this kind."""
    if mask.kind != "bucket":
        return True
    return column.kind in (_DATE_KINDS if isinstance(mask.width, str) else _NUMBER_KINDS)


def apply_mask(
    mask: Mask, value: exp.Column, column: Column, dialect: Dialect, binder: ParameterBinder
) -> exp.Expr:
    """Return the expression that replaces `value`; NULL if the mask does not fit the column."""
    if not mask_fits(mask, column):
        return _fill(_NULL, dialect, value=value)
    match mask.kind:
        case "null":
            return _fill(_NULL, dialect, value=value)
        case "hash":
            return _fill(_HASH_MASKS[dialect], dialect, value=value, salt=binder.salt())
        case "last_four":
            return _fill(_LAST_FOUR_MASKS[dialect], dialect, value=value)
    if isinstance(mask.width, str):
        template = _DATE_BUCKETS[dialect].format(unit=mask.width, format=_DATE_FORMATS[mask.width])
        return _fill(template, dialect, value=value)
    step = f"{float(mask.width or 1):f}".rstrip("0").rstrip(".")
    # The divisor needs a decimal point, or two integers would be divided without a remainder.
    width = step if "." in step else f"{step}.0"
    numbers = {"width": exp.Literal.number(width), "step": exp.Literal.number(step)}
    return _fill(_NUMBER_BUCKETS[dialect], dialect, value=value, **numbers)


def _fill(template: str, dialect: Dialect, **expressions: exp.Expr) -> exp.Expr:
    """Parse one of the templates above, and replace its names by expressions."""
    tree = exp.Paren(this=ENGINES[dialect].parse(template)[0])
    for column in list(tree.find_all(exp.Column)):
        column.replace(expressions[column.name].copy())
    inner: exp.Expr = tree.this
    return inner

"""Date arithmetic in each SQL dialect: truncation, ages in years, and differences in days."""

from sqlglot import exp

from agent.builtin.plan.model import CalendarUnit
from store.catalog import Dialect

_QUARTER = exp.Literal.string("-Q")
_POSTGRES_FORMATS = {"month": "YYYY-MM", "quarter": 'YYYY-"Q"Q'}


def truncate_date(column: exp.Expr, unit: CalendarUnit, dialect: Dialect) -> exp.Expr:
    """Truncate a date to a unit: `2025-03`, `2025-Q1`, the Monday of a week; weekdays are 1 (Monday) to 7."""
    truncate = {
        "postgres": _postgres_bucket,
        "sqlite": _sqlite_bucket,
        "mysql": _mysql_bucket,
        "duckdb": _duckdb_bucket,
    }[dialect]
    return truncate(column, unit)


def _postgres_bucket(column: exp.Expr, unit: CalendarUnit) -> exp.Expr:
    if unit in _POSTGRES_FORMATS:
        return _call("TO_CHAR", column, exp.Literal.string(_POSTGRES_FORMATS[unit]))
    if unit == "day":
        return exp.cast(column, "date")
    if unit == "week":
        return exp.cast(_call("DATE_TRUNC", exp.Literal.string("week"), column), "date")
    part = {"year": "YEAR", "weekday": "ISODOW", "hour": "HOUR"}[unit]
    return exp.cast(exp.Extract(this=exp.var(part), expression=column), "int")


def _sqlite_bucket(column: exp.Expr, unit: CalendarUnit) -> exp.Expr:
    match unit:
        case "month":
            return _strftime("%Y-%m", column)
        case "day":
            return _call("DATE", column)
        case "week":
            return _call("DATE", column, exp.Literal.string("weekday 0"), exp.Literal.string("-6 days"))
        case "quarter":
            month = exp.paren(_integer(_strftime("%m", column)) + 2)
            year_prefix = exp.DPipe(
                this=_strftime("%Y", column), expression=exp.Literal.string("-Q"), safe=True
            )
            quarter = exp.Div(this=month, expression=exp.Literal.number(3), typed=True)
            return exp.DPipe(this=year_prefix, expression=exp.paren(quarter), safe=True)
        case "year":
            return _integer(_strftime("%Y", column))
        case "hour":
            return _integer(_strftime("%H", column))
    return (
        exp.Mod(this=exp.paren(_integer(_strftime("%w", column)) + 6), expression=exp.Literal.number(7)) + 1
    )


def _mysql_bucket(column: exp.Expr, unit: CalendarUnit) -> exp.Expr:
    match unit:
        case "month":
            return _call("DATE_FORMAT", column, exp.Literal.string("%Y-%m"))
        case "day":
            return _call("DATE", column)
        case "week":
            monday = exp.Interval(this=_call("WEEKDAY", column), unit=exp.var("DAY"))
            return exp.Sub(this=_call("DATE", column), expression=monday)
        case "quarter":
            return _call("CONCAT", _call("YEAR", column), _QUARTER, _call("QUARTER", column))
        case "weekday":
            return _call("WEEKDAY", column) + 1
    return _call({"year": "YEAR", "hour": "HOUR"}[unit], column)


def _duckdb_bucket(column: exp.Expr, unit: CalendarUnit) -> exp.Expr:
    # ISO text is accepted as a date.
    moment = exp.cast(column, "timestamp")
    if unit == "month":
        return _call("STRFTIME", moment, exp.Literal.string("%Y-%m"))
    if unit == "quarter":
        return _call("CONCAT", _part("YEAR", moment), _QUARTER, _part("QUARTER", moment))
    if unit == "day":
        return exp.cast(column, "date")
    if unit == "week":
        return exp.cast(_call("DATE_TRUNC", exp.Literal.string("week"), moment), "date")
    return _part({"year": "YEAR", "weekday": "ISODOW", "hour": "HOUR"}[unit], moment)


def _part(name: str, moment: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(name), expression=moment.copy())


def years_between(column: exp.Expr, today: str, dialect: Dialect) -> exp.Expr:
    """Compute the whole years from a date to `today`."""
    day = exp.Literal.string(today)
    if dialect == "postgres":
        age = _call("AGE", exp.cast(day, "date"), column)
        return exp.cast(exp.Extract(this=exp.var("YEAR"), expression=age), "int")
    if dialect == "mysql":
        return _call("TIMESTAMPDIFF", exp.var("YEAR"), column, day)
    if dialect == "duckdb":
        unit = exp.Literal.string("year")
        return _call("DATE_SUB", unit, exp.cast(column, "date"), exp.cast(day, "date"))
    # Comparing month and day as text tells whether the birthday is still to come this year.
    before_birthday = exp.LT(this=_strftime("%m-%d", day), expression=_strftime("%m-%d", column.copy()))
    year_difference = exp.Sub(
        this=_integer(_strftime("%Y", day.copy())), expression=_integer(_strftime("%Y", column))
    )
    return exp.paren(exp.Sub(this=year_difference, expression=exp.paren(before_birthday)))


def days_between(start: exp.Expr, end: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Compute the days, with fractions, from one timestamp to another."""
    if dialect == "mysql":
        seconds = _call("TIMESTAMPDIFF", exp.var("SECOND"), start, end)
        return exp.Div(this=seconds, expression=exp.Literal.number("86400.0"), typed=True)
    if dialect in ("postgres", "duckdb"):
        span = exp.paren(exp.Sub(this=exp.cast(end, "timestamp"), expression=exp.cast(start, "timestamp")))
        seconds = exp.Extract(this=exp.var("EPOCH"), expression=span)
        return exp.Div(this=seconds, expression=exp.Literal.number("86400.0"), typed=True)
    return exp.paren(exp.Sub(this=_call("JULIANDAY", end), expression=_call("JULIANDAY", start)))


def _strftime(pattern: str, column: exp.Expr) -> exp.Expr:
    return _call("STRFTIME", exp.Literal.string(pattern), column)


def _integer(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, "int")


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])

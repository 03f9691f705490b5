"""Which picture a result makes, if it makes one: told by the shape of its columns and by the question."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.charts.column_roles import Column, columns_of
from agent.charts.vega_lite import Plot, spec_of
from store.rows import Rows

Kind = Literal["line", "bar", "stacked", "scatter", "number"]

# More than these nobody can tell apart, and the picture has to travel in one frame.
MOST_BARS = 30
MOST_SERIES = 10
MOST_POINTS = 400
FEWEST_DOTS = 4

_SHARE = re.compile(
    r"\b(?:shares?|per ?cent(?:ages?)?|proportions?|break ?down|make-?up|split|mix|anteile?|verteilung)\b|%",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: its kind, and the Vega-Lite specification with its data inside."""

    kind: Kind
    spec: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A result sorted by what its columns are."""

    rows: Rows
    times: tuple[Column, ...]
    measures: tuple[Column, ...]
    categories: tuple[Column, ...]
    share: bool

    @property
    def size(self) -> int:
        return len(self.rows)


def choose_chart(rows: Rows, question: str, proposed: str = "") -> Chart | None:
    """Give the picture that fits best, or none. What an analyst `proposed` is taken only where it fits.

    A result that was cut off makes no picture: it would show a part as the whole.
    """
    columns = columns_of(rows)
    if not len(rows) or rows.truncated or any(column.role == "code" for column in columns):
        return None
    if proposed.strip().lower() in ("none", "table"):
        return None
    shape = _shape(rows, columns, question)
    fitting = {kind: plot for kind, fits in FITTING.items() if (plot := fits(shape)) is not None}
    if not fitting:
        return None
    wanted = "stacked" if shape.share else proposed.strip().lower()
    kind = next((kind for kind in fitting if kind == wanted), next(iter(fitting)))
    return Chart(kind, spec_of(kind, fitting[kind], rows))


def _shape(rows: Rows, columns: tuple[Column, ...], question: str) -> _Shape:
    by_role = {role: tuple(c for c in columns if c.role == role) for role in ("time", "measure", "category")}
    return _Shape(
        rows, by_role["time"], by_role["measure"], by_role["category"], bool(_SHARE.search(question))
    )


def _number(shape: _Shape) -> Plot | None:
    one = shape.size == 1 and len(shape.rows.columns) == 1 and len(shape.measures) == 1
    return Plot(None, shape.measures[0]) if one else None


def _line(shape: _Shape) -> Plot | None:
    if len(shape.times) != 1 or len(shape.measures) != 1 or not 2 <= shape.size <= MOST_POINTS:
        return None
    time = shape.times[0]
    match shape.categories:
        case () if time.distinct == shape.size:
            return Plot(time, shape.measures[0])
        case (series,) if series.distinct <= MOST_SERIES and time.distinct > 1:
            return Plot(time, shape.measures[0], series)
    return None


def _stacked(shape: _Shape) -> Plot | None:
    """Parts of a whole: for each bar its series, or one bar for all where shares are asked for."""
    if len(shape.measures) != 1 or not 2 <= shape.size <= MOST_POINTS or not _is_positive(shape):
        return None
    measure = shape.measures[0]
    match (*shape.times, *shape.categories):
        case (only,) if shape.share and only.distinct == shape.size <= MOST_SERIES:
            return Plot(None, measure, only)
        case (one, other):
            bars, series = (one, other) if one.distinct >= other.distinct else (other, one)
            if bars.distinct <= MOST_BARS and series.distinct <= MOST_SERIES and bars.distinct > 1:
                return Plot(bars, measure, series, whole=shape.share)
    return None


def _bar(shape: _Shape) -> Plot | None:
    bars = (*shape.categories, *shape.times)
    if len(bars) != 1 or len(shape.measures) != 1:
        return None
    fits = 2 <= shape.size <= MOST_BARS and bars[0].distinct == shape.size
    return Plot(bars[0], shape.measures[0]) if fits else None


def _scatter(shape: _Shape) -> Plot | None:
    fits = len(shape.measures) == 2 and len(shape.categories) < 2 and not shape.times
    if not fits or not FEWEST_DOTS <= shape.size <= MOST_POINTS:
        return None
    across, up = shape.measures
    return Plot(across, up, label=shape.categories[0] if shape.categories else None)


def _is_positive(shape: _Shape) -> bool:
    """Parts below nothing make no whole."""
    at = shape.measures[0].at
    return all(row[at] is not None and row[at] >= 0 for row in shape.rows.values)


# The first that fits is taken, unless another one is proposed.
FITTING: Mapping[Kind, Callable[[_Shape], Plot | None]] = {
    "number": _number,
    "line": _line,
    "stacked": _stacked,
    "bar": _bar,
    "scatter": _scatter,
}

"""Chart selection: picks the chart type that fits the columns of a result and the question, if any does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.charts.column_roles import ResultColumn, classify_columns
from agent.charts.vega_lite import Encoding, build_spec
from store.rows import Rows

ChartKind = Literal["line", "bar", "stacked", "scatter", "number"]

# Beyond these a chart is unreadable, and its event must fit into one frame of the wire.
MAX_BARS = 30
MAX_SERIES = 10
MAX_POINTS = 400
MIN_SCATTER_POINTS = 4

_SHARE = re.compile(
    r"\b(?:shares?|per ?cent(?:ages?)?|proportions?|break ?down|make-?up|split|mix|anteile?|verteilung)\b|%",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its type, and the Vega-Lite specification with the data inlined."""

    kind: ChartKind
    spec: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _ResultShape:
    """A result with its columns grouped by role; `share` tells that the question asks for shares."""

    rows: Rows
    times: tuple[ResultColumn, ...]
    measures: tuple[ResultColumn, ...]
    categories: tuple[ResultColumn, ...]
    share: bool

    @property
    def size(self) -> int:
        return len(self.rows)


def choose_chart(rows: Rows, question: str, proposed: str = "") -> Chart | None:
    """Choose the best fitting chart, or none. A type `proposed` by an analyst is taken only if it fits.

    A truncated result gets no chart: it would present a part as the whole.
    """
    columns = classify_columns(rows)
    if not len(rows) or rows.truncated or any(column.role == "code" for column in columns):
        return None
    if proposed.strip().lower() in ("none", "table"):
        return None
    shape = _result_shape(rows, columns, question)
    fitting = {kind: encoding for kind, encode in ENCODERS.items() if (encoding := encode(shape)) is not None}
    if not fitting:
        return None
    preferred = "stacked" if shape.share else proposed.strip().lower()
    kind = next((kind for kind in fitting if kind == preferred), next(iter(fitting)))
    return Chart(kind, build_spec(kind, fitting[kind], rows))


def _result_shape(rows: Rows, columns: tuple[ResultColumn, ...], question: str) -> _ResultShape:
    by_role = {role: tuple(c for c in columns if c.role == role) for role in ("time", "measure", "category")}
    return _ResultShape(
        rows, by_role["time"], by_role["measure"], by_role["category"], bool(_SHARE.search(question))
    )


def _number(shape: _ResultShape) -> Encoding | None:
    is_single_number = shape.size == 1 and len(shape.rows.columns) == 1 and len(shape.measures) == 1
    return Encoding(None, shape.measures[0]) if is_single_number else None


def _line(shape: _ResultShape) -> Encoding | None:
    if len(shape.times) != 1 or len(shape.measures) != 1 or not 2 <= shape.size <= MAX_POINTS:
        return None
    time = shape.times[0]
    match shape.categories:
        case () if time.distinct == shape.size:
            return Encoding(time, shape.measures[0])
        case (series,) if series.distinct <= MAX_SERIES and time.distinct > 1:
            return Encoding(time, shape.measures[0], series)
    return None


def _stacked(shape: _ResultShape) -> Encoding | None:
    """Parts of a whole: one stacked bar per category, or a single bar if the question asks for shares."""
    if len(shape.measures) != 1 or not 2 <= shape.size <= MAX_POINTS or not _is_non_negative(shape):
        return None
    measure = shape.measures[0]
    match (*shape.times, *shape.categories):
        case (series,) if shape.share and series.distinct == shape.size <= MAX_SERIES:
            return Encoding(None, measure, series)
        case (first, second):
            bars, series = (first, second) if first.distinct >= second.distinct else (second, first)
            if bars.distinct <= MAX_BARS and series.distinct <= MAX_SERIES and bars.distinct > 1:
                return Encoding(bars, measure, series, normalized=shape.share)
    return None


def _bar(shape: _ResultShape) -> Encoding | None:
    bars = (*shape.categories, *shape.times)
    if len(bars) != 1 or len(shape.measures) != 1:
        return None
    fits = 2 <= shape.size <= MAX_BARS and bars[0].distinct == shape.size
    return Encoding(bars[0], shape.measures[0]) if fits else None


def _scatter(shape: _ResultShape) -> Encoding | None:
    fits = len(shape.measures) == 2 and len(shape.categories) < 2 and not shape.times
    if not fits or not MIN_SCATTER_POINTS <= shape.size <= MAX_POINTS:
        return None
    x, y = shape.measures
    return Encoding(x, y, label=shape.categories[0] if shape.categories else None)


def _is_non_negative(shape: _ResultShape) -> bool:
    """Tell whether the measure can be stacked: negative or missing parts do not add up to a whole."""
    index = shape.measures[0].index
    return all(row[index] is not None and row[index] >= 0 for row in shape.rows.values)


# The first that fits is chosen, unless another one that fits is proposed.
ENCODERS: Mapping[ChartKind, Callable[[_ResultShape], Encoding | None]] = {
    "number": _number,
    "line": _line,
    "stacked": _stacked,
    "bar": _bar,
    "scatter": _scatter,
}

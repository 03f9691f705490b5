"""Vega-Lite specifications, put together by code: fields have names of our own, data are plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.charts.column_roles import Column, plotted
from store.rows import Rows

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH, HEIGHT = 480, 280


@dataclass(frozen=True, slots=True)
class Plot:
    """Which column goes where. `series` sets colours, `label` says what a dot is; `whole` fills to 100 %."""

    across: Column | None
    up: Column
    series: Column | None = None
    label: Column | None = None
    whole: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are shown."""
        return tuple(column for column in (self.across, self.up, self.series, self.label) if column)


def spec_of(kind: str, plot: Plot, rows: Rows) -> dict[str, Any]:
    """Put a specification together. Column names are titles only: as fields they could be read as paths."""
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(_data(plot, rows))},
        "mark": MARKS[kind],
        "encoding": {name: channel for name, channel in _encoding(kind, plot) if channel is not None},
    }


MARKS: dict[str, dict[str, Any]] = {
    "number": {"type": "text", "fontSize": 64},
    "line": {"type": "line", "point": True},
    "stacked": {"type": "bar"},
    "bar": {"type": "bar"},
    "scatter": {"type": "point", "filled": True},
}


def _data(plot: Plot, rows: Rows) -> Iterator[dict[str, Any]]:
    for row in rows.values:
        yield {_field(column): _shown(column, row[column.at]) for column in plot.columns}


def _encoding(kind: str, plot: Plot) -> Iterator[tuple[str, dict[str, Any] | None]]:
    if kind == "number":
        yield "text", {**_channel(plot.up), "format": ",.10~g"}
        return
    colour = _channel(plot.series) if plot.series else None
    across = _across(kind, plot.across) if plot.across else None
    up = _channel(plot.up)
    if kind == "stacked":
        up["stack"] = "normalize" if plot.whole or plot.across is None else "zero"
    # Names of categories are read more easily beside a bar than below it.
    lying = kind in ("bar", "stacked") and (plot.across is None or plot.across.role == "category")
    if lying and across is not None and kind == "bar":
        across["sort"] = None
    yield "y" if lying else "x", across
    yield "x" if lying else "y", up
    yield "color", colour
    if plot.label is not None:
        yield "tooltip", _channel(plot.label)


def _across(kind: str, column: Column) -> dict[str, Any]:
    """Bars stand for one moment each, however far apart those are; a line needs to know how far."""
    channel = _channel(column)
    if column.role == "time":
        return channel | ({"type": "ordinal"} if kind != "line" else {"scale": {"type": "utc"}})
    return channel


def _channel(column: Column) -> dict[str, Any]:
    kind = {"time": "temporal", "measure": "quantitative"}.get(column.role, "nominal")
    return {"field": _field(column), "type": kind, "title": column.name[:60]}


def _field(column: Column) -> str:
    return f"c{column.at}"


def _shown(column: Column, value: Any) -> Any:
    """A year alone is a text here: as a number it would be milliseconds."""
    return str(value) if column.role == "time" and isinstance(value, int) else plotted(value)

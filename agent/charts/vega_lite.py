"""Vega-Lite specifications, built by code: generated field names and plain data values only."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from agent.charts.column_roles import ResultColumn, chart_value
from store.rows import Rows

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH, HEIGHT = 480, 280
MAX_TITLE = 60

MARKS: dict[str, dict[str, Any]] = {
    "number": {"type": "text", "fontSize": 64},
    "line": {"type": "line", "point": True},
    "stacked": {"type": "bar"},
    "bar": {"type": "bar"},
    "scatter": {"type": "point", "filled": True},
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """Assignment of columns to axes, colour (`series`) and tooltip (`label`)."""

    x: ResultColumn | None
    y: ResultColumn
    series: ResultColumn | None = None
    label: ResultColumn | None = None
    normalized: bool = False

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """The columns in use."""
        return tuple(column for column in (self.x, self.y, self.series, self.label) if column)


def build_spec(kind: str, encoding: Encoding, rows: Rows) -> dict[str, Any]:
    """Build a specification. Column names are used as titles only; as field names they could be paths."""
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(_data(encoding, rows))},
        "mark": MARKS[kind],
        "encoding": {name: channel for name, channel in _channels(kind, encoding) if channel is not None},
    }


def _data(encoding: Encoding, rows: Rows) -> Iterator[dict[str, Any]]:
    for row in rows.values:
        yield {_field(column): _cell(column, row[column.index]) for column in encoding.columns}


def _channels(kind: str, encoding: Encoding) -> Iterator[tuple[str, dict[str, Any] | None]]:
    if kind == "number":
        yield "text", {**_channel(encoding.y), "format": ",.10~g"}
        return
    color = _channel(encoding.series) if encoding.series else None
    x = _x_channel(kind, encoding.x) if encoding.x else None
    y = _channel(encoding.y)
    if kind == "stacked":
        y["stack"] = "normalize" if encoding.normalized or encoding.x is None else "zero"
    # Category names are easier to read beside a horizontal bar than below a vertical one.
    horizontal = kind in ("bar", "stacked") and (encoding.x is None or encoding.x.role == "category")
    if horizontal and x is not None and kind == "bar":
        x["sort"] = None
    yield "y" if horizontal else "x", x
    yield "x" if horizontal else "y", y
    yield "color", color
    if encoding.label is not None:
        yield "tooltip", _channel(encoding.label)


def _x_channel(kind: str, column: ResultColumn) -> dict[str, Any]:
    """Bars are evenly spaced regardless of the time between them; a line needs a time scale."""
    channel = _channel(column)
    if column.role == "time":
        return channel | ({"type": "ordinal"} if kind != "line" else {"scale": {"type": "utc"}})
    return channel


def _channel(column: ResultColumn) -> dict[str, Any]:
    kind = {"time": "temporal", "measure": "quantitative"}.get(column.role, "nominal")
    return {"field": _field(column), "type": kind, "title": column.name[:MAX_TITLE]}


def _field(column: ResultColumn) -> str:
    return f"c{column.index}"


def _cell(column: ResultColumn, value: Any) -> Any:
    """Convert a value; a year becomes text, because Vega-Lite reads a number as milliseconds."""
    return str(value) if column.role == "time" and isinstance(value, int) else chart_value(value)


ImageFormat = Literal["svg", "png"]
VEGA_LITE_VERSION = "5.20"

# The renderer has a single JavaScript engine; concurrent calls would only wait inside it.
_renderer_lock = Lock()


async def render_chart(spec: dict[str, Any], image_format: ImageFormat) -> bytes:
    """Render a chart. Raises `ValueError` if the specification is invalid."""
    return await asyncio.to_thread(_render, spec, image_format)


def _render(spec: dict[str, Any], image_format: ImageFormat) -> bytes:
    # Imported here because loading the renderer is expensive and most processes never render.
    import vl_convert  # noqa: PLC0415

    with _renderer_lock:
        if image_format == "svg":
            return vl_convert.vegalite_to_svg(
                spec, vl_version=VEGA_LITE_VERSION, allowed_base_urls=[]
            ).encode()
        return vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE_VERSION, scale=2.0, allowed_base_urls=[])

"""Specifications hold what the schema allows, and nothing of the data acts in them."""

import json
from decimal import Decimal
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types
import pytest

from agent.charts.selection import choose_chart
from agent.charts.vega_lite import render_chart
from store.rows import RowColumn, Rows

CHANNEL = {
    "type": "object",
    "properties": {
        "field": {"pattern": r"^c\d+$"},
        "type": {"enum": ["quantitative", "nominal", "ordinal", "temporal"]},
        "title": {"type": "string", "maxLength": 60},
        "format": {"type": "string"},
        "stack": {"enum": ["zero", "normalize"]},
        "sort": {"type": "null"},
        "scale": {"const": {"type": "utc"}},
    },
    "required": ["field", "type", "title"],
    "additionalProperties": False,
}
# All that our specifications may hold: no expressions, no transforms, no addresses.
OURS = {
    "type": "object",
    "properties": {
        "$schema": {"const": "https://vega.github.io/schema/vega-lite/v5.json"},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "data": {
            "type": "object",
            "properties": {
                "values": {
                    "type": "array",
                    "maxItems": 400,
                    "items": {"additionalProperties": {"type": ["string", "number", "null", "boolean"]}},
                }
            },
            "required": ["values"],
            "additionalProperties": False,
        },
        "mark": {
            "type": "object",
            "properties": {
                "type": {"enum": ["text", "line", "bar", "point"]},
                "fontSize": {"type": "integer"},
                "point": {"type": "boolean"},
                "filled": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
        "encoding": {"type": "object", "additionalProperties": CHANNEL},
    },
    "required": ["$schema", "data", "mark", "encoding"],
    "additionalProperties": False,
}
EVIL = "datum['x'] https://evil.example/?a=1 <script>"


def chart_spec(names: list[str], values: list[tuple[Any, ...]], question: str = "") -> dict[str, Any]:
    chart = choose_chart(Rows(tuple(RowColumn(name, "other") for name in names), tuple(values)), question)
    assert chart is not None
    return chart.spec


@pytest.mark.parametrize(
    ("names", "values", "question"),
    [
        (["month", "n"], [("2024-01", 1), ("2024-02", Decimal("2.5"))], ""),
        (["month", "c", "n"], [("2024-01", "a", 1), ("2024-02", "a", 2), ("2024-02", "b", None)], ""),
        ([EVIL, f"{EVIL}2"], [(EVIL, 1), ("b", 2)], ""),
        ([EVIL, "n"], [(EVIL, 1), ("b", 2)], "share"),
        (["a", "b", EVIL], [("x", "y", 1), ("z", "y", 2)], "share"),
        (["a", "b"], [(1, 2), (2, 3), (3, 4), (4, None)], ""),
        ([EVIL], [(4,)], ""),
    ],
)
def test_every_specification_fits_the_schema(names: Any, values: Any, question: str) -> None:
    spec = chart_spec(names, values, question)
    jsonschema.validate(spec, OURS)
    json.dumps(spec, allow_nan=False)


def test_shares_fill_the_bar() -> None:
    spec = chart_spec(["city", "n"], [("a", 1), ("b", 3)], "what share has each city")
    assert spec["encoding"]["x"]["stack"] == "normalize"
    assert spec["encoding"]["color"]["field"] == "c0"


def test_a_year_is_a_time_and_not_a_count_of_milliseconds() -> None:
    spec = chart_spec(["year", "n"], [(2023, 1), (2024, 2)])
    assert spec["data"]["values"][0] == {"c0": "2023", "c1": 1}
    assert spec["encoding"]["x"]["type"] == "temporal"


ROWS = Rows((RowColumn("city", "text"), RowColumn("n", "integer")), (("Berlin", 3), ("<b>Rome</b>", 5)))


async def test_a_bar_chart_becomes_svg_and_png() -> None:
    chart = choose_chart(ROWS, "by city")
    assert chart is not None

    svg = (await render_chart(chart.spec, "svg")).decode()
    png = await render_chart(chart.spec, "png")

    assert svg.startswith("<svg")
    assert "Berlin" in svg
    assert "<b>" not in svg
    assert png.startswith(b"\x89PNG")


async def test_what_is_elsewhere_is_not_fetched() -> None:
    spec = {"data": {"url": "http://127.0.0.1:9/x.json"}, "mark": "bar", "encoding": {"x": {"field": "a"}}}
    with pytest.raises(ValueError):
        await render_chart(spec, "svg")

"""Pictures are drawn here, and nothing is fetched for them."""

import pytest

from agent.charts.rendering import render_chart
from agent.charts.selection import choose_chart
from store.rows import RowColumn, Rows

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

"""Draws a specification as SVG or PNG, in this process and without looking anything up elsewhere."""

import asyncio
from threading import Lock
from typing import Any, Literal

Format = Literal["svg", "png"]
VERSION = "5.20"

# The renderer keeps one engine for JavaScript; two drawings at a time would only wait for each other.
_one_at_a_time = Lock()


async def draw(spec: dict[str, Any], kind: Format) -> bytes:
    """Give a picture as bytes. Raises `ValueError` when the specification cannot be drawn."""
    return await asyncio.to_thread(_draw, spec, kind)


def _draw(spec: dict[str, Any], kind: Format) -> bytes:
    # Only who wants a picture pays for loading the renderer.
    import vl_convert  # noqa: PLC0415

    with _one_at_a_time:
        if kind == "svg":
            return vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[]).encode()
        return vl_convert.vegalite_to_png(spec, vl_version=VERSION, scale=2.0, allowed_base_urls=[])

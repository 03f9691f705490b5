"""Chart rendering: Vega-Lite specification to SVG or PNG, in this process and without network access."""

import asyncio
from threading import Lock
from typing import Any, Literal

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

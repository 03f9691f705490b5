"""What language models cost, as the operator has written it down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.analyst import Usage

A_MILLION = 1_000_000

Money = Annotated[float, Field(ge=0)]


class Price(BaseModel):
    """Money for a million tokens. Tokens that a provider had cached cost `cached`, where that is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Money
    output: Money
    cached: Money | None = None

    def of(self, usage: Usage) -> float:
        """What one call cost."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input_tokens - usage.cached_tokens
        parts = fresh * self.input + usage.cached_tokens * cached + usage.output_tokens * self.output
        return parts / A_MILLION


_prices: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


def read_prices(path: Path | None) -> Mapping[str, Price]:
    """Read a JSON file of prices by model: `{"name": {"input": 0.5, "output": 2}}`.

    Raises `ValueError` with a sentence that says what is wrong with it.
    """
    if path is None:
        return {}
    try:
        return _prices.validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"The prices cannot be read from {path}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"The prices in {path} are not as they should be: {where}: {first['msg']}"
        ) from error

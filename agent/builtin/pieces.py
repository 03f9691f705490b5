"""A question cut into pieces, each with everything that it may mean."""

from dataclasses import dataclass

from agent.builtin.index import Ref
from agent.builtin.numbers import Number
from agent.builtin.signs import Kind, Sign
from agent.builtin.spells import Period


@dataclass(frozen=True, slots=True)
class Piece:
    """The tokens `[first, last)` with all that they may mean."""

    first: int
    last: int
    text: str
    plural: bool = False
    signs: tuple[Sign, ...] = ()
    refs: tuple[Ref, ...] = ()
    number: Number | None = None
    period: Period | None = None
    quoted: str | None = None
    lemmas: tuple[str, ...] = ()

    def sign(self, *kinds: Kind) -> Sign | None:
        """The sign of one of these kinds that it may be."""
        return next((sign for sign in self.signs if sign.kind in kinds), None)

    @property
    def tables(self) -> tuple[Ref, ...]:
        """The tables it may name."""
        return tuple(ref for ref in self.refs if ref.kind == "table")

    @property
    def columns(self) -> tuple[Ref, ...]:
        """The columns it may name."""
        return tuple(ref for ref in self.refs if ref.kind == "column")

    @property
    def values(self) -> tuple[Ref, ...]:
        """The stored values it may name."""
        return tuple(ref for ref in self.refs if ref.kind == "value")

    @property
    def is_noun(self) -> bool:
        """Whether it may name a table or a column."""
        return any(ref.kind != "value" for ref in self.refs)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known of it."""
        return not (self.signs or self.refs or self.number or self.period or self.quoted)

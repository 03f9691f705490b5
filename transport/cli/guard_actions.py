"""`querent guard check`."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from agent.errors import PolicyUnreadable
from agent.guard.batch import check_lines, read_catalog
from agent.guard.policy.loader import read_policy
from store.access.roles import Access, Claim
from store.catalog import Catalog, Dialect
from transport.cli.runtime import Unusable


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who asks, as it is typed: a role of a policy file, and claims as `name=value`."""

    policy: Path
    role: str
    claims: tuple[str, ...]


def check(
    lines: Iterable[str], dialect: str, catalog: Path, asker: Somebody | None = None
) -> Iterator[dict[str, Any]]:
    """Judge one query a line. Raises `Unusable` when the catalog, the dialect or the policy is none."""
    return check_lines(lines, open_catalog(catalog, dialect), _access_of(asker) if asker else None)


def open_catalog(path: Path, dialect: str) -> Catalog:
    """Read a catalog from a file. Raises `Unusable`."""
    known: tuple[Dialect, ...] = get_args(Dialect)
    chosen = next((each for each in known if each == dialect), None)
    if chosen is None:
        raise Unusable(f"There is no dialect {dialect}; there are {', '.join(known)}.")
    try:
        return read_catalog(json.loads(path.read_text(encoding="utf-8")), chosen)
    except OSError as error:
        raise Unusable(f"The catalog {path} cannot be read.") from error
    except ValueError as error:
        raise Unusable(
            f'The catalog {path} must be JSON: {{"tables": [{{"name": …, "columns": [{{"name": …}}]}}]}}.'
        ) from error


def read_policy_text(path: Path) -> str:
    """Read a policy file, as it is written. Raises `Unusable`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"The policy {path} cannot be read.") from error


def read_claims(typed: Iterable[str]) -> dict[str, Claim]:
    """Read `name=value`; a name that comes twice is a list. Raises `Unusable`."""
    claims: dict[str, Claim] = {}
    for each in typed:
        name, sign, value = each.partition("=")
        if not sign or not name.isidentifier():
            raise Unusable(f"A claim is written name=value, not {each}.")
        before = claims.get(name, ())
        claims[name] = value if name not in claims else (*_listed(before), value)
    return claims


def _listed(claim: Claim) -> tuple[Any, ...]:
    return claim if isinstance(claim, tuple) else (claim,)


def _access_of(asker: Somebody) -> Access:
    try:
        policy = read_policy(read_policy_text(asker.policy), asker.policy.name)
    except PolicyUnreadable as error:
        raise Unusable(str(error)) from error
    return policy.access(asker.role, read_claims(asker.claims))

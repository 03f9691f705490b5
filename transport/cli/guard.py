"""`querent guard`: validate SQL queries against a catalog and a policy."""
# ruff: noqa: PLC0415 – imported when a command runs

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from transport.cli.policy import read_policy_file
from transport.cli.runtime import UsageError, print_json

if TYPE_CHECKING:
    from store.access.roles import Access, Claim
    from store.catalog import Catalog

guard = typer.Typer(help="Validate SQL queries.", no_args_is_help=True)


@guard.callback()
def group() -> None:
    """Validate SQL queries."""


@guard.command("check")
def check_queries(
    catalog: Annotated[Path, typer.Option(help="JSON file with the tables and their columns.")],
    dialect: Annotated[str, typer.Option(help="SQL dialect of the queries.")] = "postgres",
    policy: Annotated[
        Path | None, typer.Option(help="Policy file whose rules are added to approved queries.")
    ] = None,
    role: Annotated[str, typer.Option(help="Policy role of the user.")] = "default",
    claim: Annotated[
        list[str] | None, typer.Option(help="Claim of the user, name=value; can be repeated.")
    ] = None,
) -> None:
    """Validate queries from standard input, one per line, plain or as JSON; print one verdict per line."""
    from agent.guard.batch import judge_lines

    access = _read_access(policy, role, claim or []) if policy else None
    for verdict in judge_lines(sys.stdin, _read_catalog_file(catalog, dialect), access):
        print_json(verdict)


def _read_catalog_file(path: Path, dialect: str) -> "Catalog":
    """Read a catalog from a JSON file. Raises `UsageError`."""
    from agent.guard.batch import read_catalog
    from store.catalog import Dialect

    dialects: tuple[Dialect, ...] = get_args(Dialect)
    selected = next((candidate for candidate in dialects if candidate == dialect), None)
    if selected is None:
        raise UsageError(f"Unknown dialect {dialect}. Supported dialects: {', '.join(dialects)}.")
    try:
        return read_catalog(json.loads(path.read_text(encoding="utf-8")), selected)
    except OSError as error:
        raise UsageError(f"The catalog {path} cannot be read.") from error
    except ValueError as error:
        raise UsageError(
            f'The catalog {path} must be JSON: {{"tables": [{{"name": …, "columns": [{{"name": …}}]}}]}}.'
        ) from error


def _read_access(policy: Path, role: str, claims: Iterable[str]) -> "Access":
    from agent.errors import InvalidPolicy
    from agent.guard.policy.loader import parse_policy

    try:
        return parse_policy(read_policy_file(policy), policy.name).access(role, _parse_claims(claims))
    except InvalidPolicy as error:
        raise UsageError(str(error)) from error


def _parse_claims(options: Iterable[str]) -> "dict[str, Claim]":
    """Parse claims of the form `name=value`; a repeated name makes a list. Raises `UsageError`."""
    claims: dict[str, Claim] = {}
    for option in options:
        name, separator, value = option.partition("=")
        if not separator or not name.isidentifier():
            raise UsageError(f"Write a claim as name=value, not {option}.")
        claims[name] = value if name not in claims else (*_as_tuple(claims[name]), value)
    return claims


def _as_tuple(claim: "Claim") -> tuple[Any, ...]:
    return claim if isinstance(claim, tuple) else (claim,)

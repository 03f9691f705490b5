"""Command-line interface. Exit codes: 0 success, 1 not answered, 2 usage or settings error, 130 interrupted.

Commands import what they need when they run: asking a running server must not wait for LangGraph to load.
"""
# ruff: noqa: PLC0415

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.errors import InvalidPolicy
from graph.errors import InvalidAdminRequest
from graph.evaluation.datasets import InvalidEvaluationInput
from schema_docs.errors import MapError
from store.errors import (
    InvalidConnection,
    InvalidKey,
    NameTaken,
    NotFound,
    StoreUnavailable,
    TargetUnavailable,
)
from transport.cli.connections import connections
from transport.cli.evaluate import evaluations
from transport.cli.examples import examples
from transport.cli.guard import guard
from transport.cli.notes import notes
from transport.cli.policy import policy
from transport.cli.runtime import (
    AsJson,
    Database,
    UsageError,
    check_exposure,
    console,
    load_settings,
    read_server_settings,
    read_settings,
    run,
)
from transport.cli.schema import schema
from transport.client.client import RefusedByService, ServiceUnreachable
from transport.logs import configure_logging
from transport.version import VERSION

app = typer.Typer(
    name="querent",
    help="Ask a SQL database in plain language.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(schema, name="schema")
app.add_typer(notes, name="notes")
app.add_typer(examples, name="examples")
app.add_typer(connections, name="connections")
app.add_typer(guard, name="guard")
app.add_typer(policy, name="policy")
app.add_typer(evaluations, name="eval")

USAGE_ERRORS = (
    UsageError,
    InvalidAdminRequest,
    InvalidEvaluationInput,
    InvalidPolicy,
    StoreUnavailable,
    InvalidKey,
    InvalidConnection,
    NameTaken,
)
# Refusals that are not caused by the command as typed; repeating it later may succeed.
TRANSIENT_CODES = frozenset({"run_in_progress", "store_unavailable", "internal"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; print expected errors as one sentence."""
    try:
        app(arguments)
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)
    except USAGE_ERRORS as error:
        _fail(str(error), 2)
    except NotFound as error:
        _fail(f"There is no {error.kind} named {error.name}.", 2)
    except RefusedByService as refusal:
        _fail(str(refusal), 1 if refusal.code in TRANSIENT_CODES else 2)
    except (ServiceUnreachable, TargetUnavailable, MapError) as error:
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    typer.echo(f"querent: {message}", err=True)
    sys.exit(code)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"querent {VERSION}")
        raise typer.Exit


@app.callback()
def querent(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Ask a SQL database in plain language."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; overrides QUERENT_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; overrides QUERENT_PORT.")] = None,
) -> None:
    """Start the server and its web UI. On first start, the store and a sample database are created."""
    from transport.cli.serve import fast_startup

    server_settings, settings = read_server_settings(host=host, port=port), read_settings()
    check_exposure(server_settings)
    configure_logging(server_settings.log_level)
    with fast_startup(settings):
        from transport.cli.serve import serve_until_stopped
        from transport.server import CannotListen, listen

        try:
            listener = listen(server_settings.host, server_settings.port)
        except CannotListen as error:
            raise UsageError(str(error)) from error
        with listener:
            run(serve_until_stopped(settings, server_settings, listener, console()))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="Question in plain language.")],
    as_json: AsJson = False,
    conversation: Annotated[str | None, typer.Option(help="Continue this conversation.")] = None,
    database: Database = None,
    chart: Annotated[Path | None, typer.Option(help="Save the chart of the answer as .svg or .png.")] = None,
) -> None:
    """Ask a question: of the running server, or without one, of a service started for this question."""
    from transport.cli.ask import AskOptions, ask_question, check_chart_path, print_result, save_chart
    from transport.cli.ask import print_result_as_json as print_as_json

    if chart is not None:
        check_chart_path(chart)
    terminal = console()
    is_interactive = not as_json and sys.stdin.isatty() and terminal.is_terminal
    options = AskOptions(question, conversation, database, is_interactive)
    result = run(ask_question(load_settings(), read_server_settings(), options, terminal))
    print_as_json(result) if as_json else print_result(result, Console())
    if chart is not None:
        run(save_chart(result, chart, terminal))
    if not result.is_answered:
        raise typer.Exit(1)


@app.command()
def sample(
    path: Annotated[Path, typer.Argument(help="File to write, such as shop.sqlite.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write the sample shop database to a SQLite file."""
    from store.sample.load import write_sqlite
    from transport.cli.runtime import progress_bar

    try:
        with progress_bar(console(), "Generating the sample shop") as progress:
            write_sqlite(path, progress, overwrite=force)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}." if error.strerror else str(error)) from error


@app.command("token")
def create_token(
    user: Annotated[str, typer.Argument(help="Name of the user.")],
    hours: Annotated[float, typer.Option(help="Lifetime in hours.")] = 12.0,
    claim: Annotated[
        list[str] | None, typer.Option(help="Claim about the user, name=value; can be repeated.")
    ] = None,
) -> None:
    """Issue an access token (JWT) for a user, signed with QUERENT_JWT_SECRET."""
    from transport.auth.jwt import issue_token

    secret = read_server_settings().jwt_key
    if secret is None:
        raise UsageError("Set QUERENT_JWT_SECRET, the secret that signs access tokens.")
    claims = dict(option.partition("=")[::2] for option in claim or [])
    try:
        typer.echo(issue_token(secret, user, datetime.now(UTC), timedelta(hours=hours), claims))
    except ValueError as error:
        raise UsageError(str(error)) from error


@app.command()
def migrate() -> None:
    """Migrate the tables of the store to the current version."""
    from graph.compose import migrate_store

    run(migrate_store(load_settings()))
    typer.echo("The store is up to date.")


if __name__ == "__main__":
    main()

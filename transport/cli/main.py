"""The command line. Exit codes: 0 done, 1 not answered, 2 wrong usage or settings, 130 stopped by Ctrl-C.

What a command needs is imported when it is called: who asks a server that is up need not wait for the graph.
"""
# ruff: noqa: PLC0415

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graph.evaluation.datasets import EvaluationUnusable
from schema_docs.errors import MapError
from store.errors import BadConnection, BadKey, NameTaken, NotFound, StoreUnavailable, TargetUnavailable
from transport.cli.connections import connections
from transport.cli.evaluate import evaluations
from transport.cli.examples import examples
from transport.cli.guard import guard
from transport.cli.notes import notes
from transport.cli.output import AsJson, Database, begin, console
from transport.cli.policy import policy
from transport.cli.runtime import Unusable, check_exposure, read_settings, run
from transport.cli.schema import maps
from transport.client.client import RefusedByService, Unreachable
from transport.logs import set_up_logs
from transport.version import VERSION

app = typer.Typer(
    name="querent",
    help="Ask a SQL database in plain language.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(maps, name="map")
app.add_typer(notes, name="notes")
app.add_typer(examples, name="examples")
app.add_typer(connections, name="connections")
app.add_typer(guard, name="guard")
app.add_typer(policy, name="policy")
app.add_typer(evaluations, name="eval")

# Whoever typed it could not have typed it better.
NOT_THEIR_FAULT = frozenset({"run_in_progress", "store_unavailable", "internal"})


def main(typed: Sequence[str] | None = None) -> None:
    """Do what was typed, and say in one sentence why not when it cannot be done."""
    try:
        app(typed)
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)
    except (Unusable, EvaluationUnusable, StoreUnavailable, BadKey, BadConnection, NameTaken) as error:
        _leave(str(error), 2)
    except NotFound as error:
        _leave(f"There is no {error.what} named {error.name}.", 2)
    except RefusedByService as refusal:
        _leave(str(refusal), 1 if refusal.code in NOT_THEIR_FAULT else 2)
    except (Unreachable, TargetUnavailable, MapError) as error:
        _leave(str(error), 1)


def _leave(sentence: str, code: int) -> None:
    typer.echo(f"querent: {sentence}", err=True)
    sys.exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"querent {VERSION}")
        raise typer.Exit


@app.callback()
def querent(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which this is."),
    ] = False,
) -> None:
    """Ask a SQL database in plain language."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address, instead of QUERENT_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port, instead of QUERENT_PORT.")] = None,
) -> None:
    """Answer questions on a port, with a chat page at its root. On a fresh machine, make everything first."""
    from transport.cli.serve import starting

    settings = read_settings(host=host, port=port)
    check_exposure(settings)
    set_up_logs(settings.log_level)
    with starting(settings):
        from transport.cli.serve import serve_until_stopped
        from transport.server import Unservable, listen

        try:
            listener = listen(settings.host, settings.port)
        except Unservable as error:
            raise Unusable(str(error)) from error
        with listener:
            run(serve_until_stopped(settings, listener, console()))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    as_json: AsJson = False,
    conversation: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    database: Database = None,
    chart: Annotated[Path | None, typer.Option(help="Draw the answer into this .svg or .png file.")] = None,
) -> None:
    """Ask a question: the server that is up, or, when there is none, a service opened for this question."""
    from transport.cli.ask import Asked, check_chart, save_chart, show, show_as_json
    from transport.cli.ask import ask as ask_somebody

    if chart is not None:
        check_chart(chart)
    terminal = console()
    alone = as_json or not (sys.stdin.isatty() and terminal.is_terminal)
    answer = run(ask_somebody(begin(), Asked(question, conversation, database, alone), terminal))
    show_as_json(answer) if as_json else show(answer, Console())
    if chart is not None:
        run(save_chart(answer, chart, terminal))
    if not answer.is_one:
        raise typer.Exit(1)


@app.command()
def sample(
    path: Annotated[Path, typer.Argument(help="The file to write, such as shop.sqlite.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
) -> None:
    """Write the sample shop into a SQLite file."""
    from store.sample.load import write_sqlite
    from transport.cli.progress import showing

    try:
        with showing(console(), "Making up a shop") as progress:
            write_sqlite(path, progress, overwrite=force)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}." if error.strerror else str(error)) from error


@app.command("pass")
def issue_pass(
    name: Annotated[str, typer.Argument(help="Who shows it: the asker's name.")],
    hours: Annotated[float, typer.Option(help="After how many hours it ends.")] = 12.0,
    claim: Annotated[list[str] | None, typer.Option(help="What else is known of them: name=value.")] = None,
) -> None:
    """Make a token that names an asker and ends by itself, signed with QUERENT_PASS_KEY."""
    from transport.cli.tokens import issue

    typer.echo(issue(read_settings(), name, hours, claim or []))


@app.command()
def migrate() -> None:
    """Bring the store's tables up to date, and do nothing else."""
    from graph.compose import migrate_store

    run(migrate_store(begin()))
    typer.echo("The store is up to date.")


if __name__ == "__main__":
    main()

"""`querent policy`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

from pathlib import Path
from typing import Annotated

import typer

from transport.cli.output import AsJson, begin, console, print_json
from transport.cli.runtime import run

policy = typer.Typer(help="Who may see what of a database.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of the connection.")]
File = Annotated[Path, typer.Argument(help="A policy file (YAML).")]


@policy.command("set")
def set_policy(
    name: Name,
    file: File,
    force: Annotated[
        bool, typer.Option("--force", help="Keep it even where parts of it do not work.")
    ] = False,
) -> None:
    """Put a policy in force: it holds from the next question on."""
    from transport.cli import policy_actions

    faults = run(policy_actions.keep(begin(), name, file, force=force, console=console()))
    for fault in faults:
        typer.echo(fault, err=True)
    if faults and not force:
        typer.echo("The policy is not kept; --force keeps it as it is.", err=True)
        raise typer.Exit(2)
    typer.echo(f"The policy of {name} is in force.")


@policy.command("show")
def show_policy(name: Name) -> None:
    """Print the policy in force, as it was written."""
    from transport.cli import policy_actions

    typer.echo(run(policy_actions.show(begin(), name, console())), nl=False)


@policy.command("check")
def check_policy(name: Name, file: File, as_json: AsJson = False) -> None:
    """Hold a policy file against the map of a connection, and keep nothing."""
    from transport.cli import policy_actions

    faults = run(policy_actions.check(begin(), name, file, console()))
    if as_json:
        print_json({"connection": name, "faults": list(faults)})
    else:
        typer.echo("\n".join(faults) or "All of it works.")
    if faults:
        raise typer.Exit(1)


@policy.command("drop")
def drop_policy(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False
) -> None:
    """Let everybody who may ask see everything again."""
    from transport.cli import policy_actions

    if not yes:
        typer.confirm(f"Show everybody everything of {name!r}?", abort=True, err=True)
    dropped = run(policy_actions.drop(begin(), name, console()))
    typer.echo(f"{name} has no policy now." if dropped else f"{name} had no policy.")

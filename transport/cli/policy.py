"""`querent policy`: set, show, check and remove access policies."""

from pathlib import Path
from typing import Annotated

import typer

from transport.cli.runtime import AsJson, UsageError, print_json, run_with_components

policy = typer.Typer(help="Manage who can see which tables, columns and rows.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the connection.")]
PolicyFile = Annotated[Path, typer.Argument(help="Policy file (YAML).")]


@policy.command("set")
def set_policy(
    name: Name,
    file: PolicyFile,
    force: Annotated[bool, typer.Option("--force", help="Set the policy despite its problems.")] = False,
) -> None:
    """Put a policy in force; it applies from the next question on."""
    text = read_policy_file(file)
    problems = run_with_components(
        lambda components: components.admin.policies.set(name, text, file.name, force=force)
    )
    for problem in problems:
        typer.echo(problem, err=True)
    if problems and not force:
        typer.echo("The policy was not set; --force sets it despite its problems.", err=True)
        raise typer.Exit(2)
    typer.echo(f"The policy of {name} is in force.")


@policy.command("show")
def show_policy(name: Name) -> None:
    """Print the policy in force, as it was written."""
    text = run_with_components(lambda components: components.admin.policies.show(name))
    typer.echo(text, nl=False)


@policy.command("check")
def check_policy(name: Name, file: PolicyFile, as_json: AsJson = False) -> None:
    """Check a policy file against the schema of a connection, without setting it."""
    text = read_policy_file(file)
    problems = run_with_components(lambda components: components.admin.policies.check(name, text, file.name))
    if as_json:
        print_json({"connection": name, "problems": list(problems)})
    else:
        typer.echo("\n".join(problems) or "No problems found.")
    if problems:
        raise typer.Exit(1)


@policy.command("drop")
def drop_policy(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
) -> None:
    """Remove the policy of a connection: all users can see everything again."""
    if not yes:
        typer.confirm(f"Show all data of {name!r} to all users?", abort=True, err=True)
    was_removed = run_with_components(lambda components: components.admin.policies.remove(name))
    typer.echo(f"Removed the policy of {name}." if was_removed else f"{name} had no policy.")


def read_policy_file(path: Path) -> str:
    """Read a policy file. Raises `UsageError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The policy {path} cannot be read.") from error

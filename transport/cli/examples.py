"""`querent examples`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

from pathlib import Path
from typing import Annotated

import typer

from store.examples import NewExample, Status
from transport.cli.output import AsJson, Database, begin, console, print_json
from transport.cli.runtime import run

examples = typer.Typer(help="Questions with queries that are known to be right.", no_args_is_help=True)

Question = Annotated[str, typer.Argument(help="The question, in plain words.")]
Numbers = Annotated[list[int], typer.Argument(help="The numbers that `examples list` shows.")]
Author = Annotated[str, typer.Option(help="Who says that they are right.")]


@examples.command("import")
def import_examples(
    path: Annotated[Path, typer.Argument(help="A .yml, .csv, .jsonl or .json of questions with their sql.")],
    database: Database = None,
    author: Author = "operator",
    status: Annotated[str, typer.Option(help="For those that name none: verified or proposed.")] = "verified",
    as_json: AsJson = False,
) -> None:
    """Keep examples. Those whose query may not run on the tables of today are named, and left out."""
    from transport.cli import example_actions

    wish = example_actions.Wish(path, database, author, _status(status))
    told = run(example_actions.bring(begin(), wish, console()))
    if as_json:
        print_json(told)
    else:
        for problem in told["problems"]:
            typer.echo(f"{problem['file']}, line {problem['line']}: {problem['reason']}")
        typer.echo(
            f"{told['database']}: {told['read']} read, {told['added']} added, {told['known']} known already, "
            f"{len(told['problems'])} left out"
        )
    if told["problems"] and not told["added"] and not told["known"]:
        raise typer.Exit(1)


@examples.command("add")
def add_example(
    question: Question,
    sql: Annotated[str, typer.Argument(help="The query that answers it.")],
    database: Database = None,
    author: Author = "operator",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; repeatable.")] = None,
) -> None:
    """Keep one example, as verified."""
    from transport.cli import example_actions

    example = NewExample(question, sql, author, "verified", tuple(tag or ()))
    told = run(example_actions.add(begin(), example, database, console()))
    typer.echo("Kept." if told["added"] else "It is known already.")


@examples.command("list")
def list_examples(
    status: Annotated[str | None, typer.Option(help="Only proposed, verified or retired ones.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List examples, the newest first."""
    from transport.cli import example_actions

    wanted = _status(status) if status else None
    found = run(example_actions.list_all(begin(), wanted, database, console()))
    if as_json:
        print_json(found)
        return
    for each in found:
        why = f" ({each['reason']})" if each["reason"] else ""
        typer.echo(f"{each['id']:>5}  {each['status']}{why}  {each['author']}  {each['question']}")
        typer.echo(f"       {each['sql']}")


@examples.command("find")
def find_examples(
    question: Question,
    sql: Annotated[str | None, typer.Option(help="A query whose form counts too.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show the examples that a question would be shown."""
    from transport.cli import example_actions

    found = run(example_actions.find(begin(), question, sql, database, console()))
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(f"{each['score']:.2f}  {each['question']}\n      {each['sql']}")


@examples.command("verify")
def verify_examples(numbers: Numbers, database: Database = None) -> None:
    """Say that examples are right: they will be shown to whoever writes queries."""
    from transport.cli import example_actions

    run(example_actions.decide(begin(), example_actions.Decision(numbers, "verified"), database, console()))
    typer.echo(f"Verified: {', '.join(map(str, numbers))}.")


@examples.command("retire")
def retire_examples(
    numbers: Numbers,
    reason: Annotated[str, typer.Option(help="Why, for people.")] = "Taken out by hand.",
    database: Database = None,
) -> None:
    """Let examples rest: they are kept, and shown to nobody."""
    from transport.cli import example_actions

    decision = example_actions.Decision(numbers, "retired", reason)
    run(example_actions.decide(begin(), decision, database, console()))
    typer.echo(f"Retired: {', '.join(map(str, numbers))}.")


def _status(said: str) -> Status:
    match said:
        case "proposed" | "verified" | "retired":
            return said
    raise typer.BadParameter("It is proposed, verified or retired.")

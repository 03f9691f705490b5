"""`querent eval`."""
# ruff: noqa: PLC0415, PLR0913, PLR0917 – what a command needs is imported when it is called; options are arguments

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from graph.evaluation.datasets import Form
from transport.cli.output import AsJson, begin, console, print_json
from transport.cli.runtime import Unusable, run

evaluations = typer.Typer(help="How good the answers are.", no_args_is_help=True)

Questions = Annotated[Path, typer.Option(help="One JSON object a line.", show_default=False)]
Databases = Annotated[Path, typer.Option(help="A folder with NAME.sqlite for each database.")]
Analyst = Annotated[
    str, typer.Option(help="Who answers: builtin, or model (the one that the settings name).")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first so many.")]
Predictions = Annotated[
    Path | None,
    typer.Option(help='Write a line of {"id", "sql" or null, "confidence", "ms"} for each question.'),
]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Below this confidence the built-in analyst does not answer."),
]
Today = Annotated[str | None, typer.Option(help="As if it were this day, YYYY-MM-DD.")]
Guess = Annotated[
    bool, typer.Option("--guess", help="Take the likeliest reading where Querent would ask back.")
]
Mistakes = Annotated[Path | None, typer.Option(help="Write down what was not right, for people to read.")]
AtOnce = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="How many conversations go on at a time; 1, with a model 4."),
]


FORMS: Mapping[str, Form] = {"spider": "questions", "dialogues": "dialogues"}
SPIDER = """Put questions with known queries, and compare the rows.

Each line holds "id", "db", "question" and "sql". An answer is right when it gives the rows of the known
query: as often, in any order of columns, in the same order where the known query sorts, numbers to 1e-6.
"""
DIALOGUES = """Hold dialogues with known queries, each turn in the light of the answers before it.

Each line holds "id", "db" and "turns", a list of "question" and "sql". Compared as `querent eval spider`.
"""


@evaluations.command("dialogues", help=DIALOGUES)
@evaluations.command("spider", help=SPIDER)
def measure(
    context: typer.Context,
    questions: Questions,
    databases: Databases,
    analyst: Analyst = "builtin",
    limit: Limit = None,
    predictions: Predictions = None,
    threshold: Threshold = None,
    guess: Guess = False,
    mistakes: Mistakes = None,
    today: Today = None,
    at_once: AtOnce = None,
    as_json: AsJson = False,
) -> None:
    """Put what has known queries, in the form that the command's name says."""
    from transport.cli import benchmark_actions

    asked = benchmark_actions.Asked(FORMS[str(context.info_name)], questions, databases, limit, at_once)
    by = benchmark_actions.wanted(analyst, threshold, today, guess)
    scored = run(
        benchmark_actions.measure(
            begin(), asked, by, benchmark_actions.Papers(predictions, mistakes), console()
        )
    )
    benchmark_actions.tell(scored, as_json)


@evaluations.command("retrieval")
def measure_retrieval(
    catalog: Annotated[Path | None, typer.Option(help="A JSON list of tables, all in one pool.")] = None,
    gold: Annotated[Path | None, typer.Option(help="A JSON list of questions with their tables.")] = None,
    k: Annotated[str, typer.Option(help="How many of the first tables are looked at.")] = "5,15",
    questions: Annotated[Path | None, typer.Option(help="As for `querent eval spider`.")] = None,
    databases: Annotated[Path | None, typer.Option(help="As for `querent eval spider`.")] = None,
    budget: Annotated[int, typer.Option(min=1, help="How many tokens may be shown.")] = 1_500,
    misses: Annotated[bool, typer.Option("--misses", help="Name what was not shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether the map finds what questions need.

    With --catalog and --gold: the tables, in one pool of many databases. With --questions and --databases:
    tables, columns and stored values, each question in its own database, within a budget of tokens.
    """
    from transport.cli import retrieval_actions

    settings = begin()
    if catalog and gold and not (questions or databases):
        figures = retrieval_actions.in_a_pool(
            settings, (catalog, gold), retrieval_actions.cuts_of(k), console()
        )
        print_json(figures) if as_json else typer.echo(retrieval_actions.pool_in_words(figures))
    elif questions and databases and not (catalog or gold):
        tally = run(retrieval_actions.in_each(settings, (questions, databases), budget, console()))
        print_json(tally.figures()) if as_json else typer.echo(
            retrieval_actions.context_in_words(tally, misses)
        )
    else:
        raise Unusable("Give either --catalog and --gold, or --questions and --databases.")


@evaluations.command("suite")
def run_suite(
    suite: Annotated[Path, typer.Argument(help="A YAML file.")],
    analyst: Annotated[
        str | None, typer.Option(help="builtin or model; what the settings say if it is not given.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page for people, report.html.")] = None,
    threshold: Threshold = None,
    today: Today = None,
    as_json: AsJson = False,
) -> None:
    """Put your own questions, and leave with exit code 1 when an answer is not what you expect.

    A suite is a list of cases. Each has a "question", what is expected ("sql", "rows" or "outcome") and a
    "database": the name of a connection, a URL, or the path of a SQLite file. "turns" are several questions.
    """
    from transport.cli import benchmark_actions, suite_actions

    settings = begin()
    suite_actions.check_report(report)
    by = benchmark_actions.wanted(analyst or ("model" if settings.model else "builtin"), threshold, today)
    result = run(suite_actions.run_suite(settings, suite, by, console()))
    if report:
        suite_actions.save_report(result, by, report)
    print_json(suite_actions.as_plain(result)) if as_json else typer.echo(
        "\n".join(suite_actions.in_words(result))
    )
    if not result.passed:
        raise typer.Exit(1)

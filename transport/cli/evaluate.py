"""`querent eval`: measure accuracy and retrieval, run evaluation suites."""
# ruff: noqa: PLC0415, PLR0913, PLR0917 – imported when a command runs; each option is a parameter

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from graph.evaluation.datasets import DatasetFormat
from graph.settings import Settings
from transport.cli.runtime import (
    AsJson,
    UsageError,
    console,
    load_settings,
    open_with_progress,
    print_json,
    run,
)

if TYPE_CHECKING:
    from graph.compose import Components
    from graph.evaluation.harness import EvaluationOptions
    from graph.evaluation.suite_runner import ConnectedTarget, SuiteResult

evaluations = typer.Typer(help="Measure the quality of answers.", no_args_is_help=True)

Questions = Annotated[Path, typer.Option(help="JSON Lines file.", show_default=False)]
Databases = Annotated[Path, typer.Option(help="Folder with a NAME.sqlite for each database.")]
Analyst = Annotated[str, typer.Option(help="builtin, or model (as configured in the settings).")]
Limit = Annotated[int | None, typer.Option(min=1, help="Number of entries to run; all by default.")]
Predictions = Annotated[
    Path | None,
    typer.Option(help='Write a line of {"id", "sql" or null, "confidence", "ms"} for each question.'),
]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Minimum confidence at which the built-in analyst answers."),
]
Today = Annotated[str | None, typer.Option(help="Date to use as today, YYYY-MM-DD.")]
Guess = Annotated[
    bool,
    typer.Option("--guess", help="Use the likeliest interpretation instead of a clarification."),
]
Mistakes = Annotated[Path | None, typer.Option(help="Write a readable list of the mistakes.")]
Concurrency = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="Number of concurrent dialogues; by default 1, with a model 4."),
]


FORMATS: Mapping[str, DatasetFormat] = {"spider": "questions", "dialogues": "dialogues"}
SPIDER = """Measure the accuracy on questions with gold queries.

Each line has "id", "db", "question" and "sql". An answer is correct if its rows equal those of the gold
query: duplicates count, the order of columns does not, the order of rows only if the gold query sorts;
numbers are compared to 1e-6.
"""
DIALOGUES = """Measure the accuracy on dialogues with gold queries, each turn in the context of earlier ones.

Each line has "id", "db" and "turns", a list of "question" and "sql". Scored as in `querent eval spider`.
"""


@evaluations.command("dialogues", help=DIALOGUES)
@evaluations.command("spider", help=SPIDER)
def measure_accuracy(
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
    concurrency: Concurrency = None,
    as_json: AsJson = False,
) -> None:
    """Run a benchmark, whose dataset format is given by the name of the command."""
    from transport.cli.benchmarks import (
        BenchmarkInput,
        OutputFiles,
        evaluation_options,
        print_metrics,
        run_benchmark,
    )

    dataset = BenchmarkInput(FORMATS[str(context.info_name)], questions, databases, limit, concurrency)
    options = evaluation_options(analyst, threshold, today, guess)
    files = OutputFiles(predictions, mistakes)
    print_metrics(run(run_benchmark(load_settings(), dataset, options, files, console())), as_json)


@evaluations.command("retrieval")
def measure_retrieval(
    catalog: Annotated[Path | None, typer.Option(help="JSON list of tables, all in one pool.")] = None,
    gold: Annotated[Path | None, typer.Option(help="JSON list of questions with their tables.")] = None,
    k: Annotated[str, typer.Option(help="Numbers of top-ranked tables to measure.")] = "5,15",
    questions: Annotated[Path | None, typer.Option(help="As in `querent eval spider`.")] = None,
    databases: Annotated[Path | None, typer.Option(help="As in `querent eval spider`.")] = None,
    budget: Annotated[int, typer.Option(min=1, help="Maximum tokens of the retrieved context.")] = 1_500,
    misses: Annotated[bool, typer.Option("--misses", help="List what was not retrieved.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the retrieval of tables, columns and values.

    With --catalog and --gold: tables, in one pool of many databases. With --questions and --databases:
    tables, columns and stored values, in the database of each question, within a budget of tokens.
    """
    from transport.cli import benchmarks

    settings = load_settings()
    if catalog and gold and not (questions or databases):
        cutoffs = benchmarks.parse_cutoffs(k)
        metrics = benchmarks.run_pooled_retrieval(settings, catalog, gold, cutoffs, console())
        print_json(metrics) if as_json else typer.echo(benchmarks.describe_pooled_retrieval(metrics))
    elif questions and databases and not (catalog or gold):
        tally = run(benchmarks.run_context_retrieval(settings, questions, databases, budget, console()))
        text = benchmarks.describe_context_retrieval(tally, misses)
        print_json(tally.metrics()) if as_json else typer.echo(text)
    else:
        raise UsageError("Give either --catalog and --gold, or --questions and --databases.")


@evaluations.command("suite")
def run_suite(
    suite: Annotated[Path, typer.Argument(help="YAML file.")],
    analyst: Annotated[
        str | None, typer.Option(help="builtin or model; by default as configured in the settings.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
    threshold: Threshold = None,
    today: Today = None,
    as_json: AsJson = False,
) -> None:
    """Run a suite of your own questions. Exit code 1 if an answer is not as expected.

    A suite is a list of cases. Each has a "question", what is expected ("sql", "rows" or "outcome") and a
    "database": the name of a connection, a URL, or the path of a SQLite file. "turns" are several questions.
    """
    from transport.cli.benchmarks import evaluation_options
    from transport.cli.suite_report import check_report_path, suite_as_json, suite_as_text, write_report

    settings = load_settings()
    check_report_path(report)
    options = evaluation_options(analyst or ("model" if settings.model else "builtin"), threshold, today)
    result = run(_run_suite(settings, suite, options, console()))
    if report:
        write_report(result, options.analyst, report)
    print_json(suite_as_json(result)) if as_json else typer.echo("\n".join(suite_as_text(result)))
    if not result.passed:
        raise typer.Exit(1)


async def _run_suite(
    settings: Settings, path: Path, options: "EvaluationOptions", console: Console
) -> "SuiteResult":
    """Run a suite. Raises `InvalidEvaluationInput`, `InvalidConnection`, `TargetUnavailable`, `NotFound`."""
    from graph.evaluation.harness import open_harness
    from graph.evaluation.suite import read_suite
    from graph.evaluation.suite_runner import SuiteRunner
    from transport.cli.runtime import progress_bar

    suite = read_suite(path)
    if suite.today:
        options = replace(options, today=suite.today)
    async with AsyncExitStack() as stack, open_harness(settings, options) as harness:
        connect = _LazyComponents(settings, stack, console).connect
        with progress_bar(console, "Opening the analyst") as progress:
            return await SuiteRunner(harness, path.parent, connect).run(suite, progress)


class _LazyComponents:
    """Components, opened for the first named connection: files and URLs need no store."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, console: Console) -> None:
        self._settings = settings
        self._stack = stack
        self._console = console
        self._components: Components | None = None

    async def connect(self, name: str) -> "ConnectedTarget":
        """Open a connection. Raises `NotFound`, `StoreUnavailable`."""
        from graph.compose import open_components
        from graph.evaluation.suite_runner import ConnectedTarget

        if self._components is None:
            opening = open_with_progress(open_components, self._settings, self._console)
            self._components = await self._stack.enter_async_context(opening)
        await self._components.connections.find(name)
        target = await self._components.targets.open(name)
        return ConnectedTarget(self._components.retriever, target)

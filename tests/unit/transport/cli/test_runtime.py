import io

from rich.console import Console

from transport.cli.runtime import progress_bar


def told(terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80)
    with progress_bar(console, "Starting PostgreSQL") as progress:
        for done in (0, 0, 50, 100, 100):
            progress("Making the sample shop", done, 100)
    return out.getvalue()


def test_away_from_a_terminal_each_end_of_a_task_is_a_line() -> None:
    assert told(terminal=False).splitlines() == [
        "Starting PostgreSQL …",
        "Making the sample shop …",
        "Making the sample shop: done",
    ]


def test_on_a_terminal_there_are_bars() -> None:
    shown = told(terminal=True)
    assert "Starting PostgreSQL" in shown
    assert "Making the sample shop" in shown
    assert "━" in shown

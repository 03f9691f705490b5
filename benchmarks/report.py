"""Terminal report of the service benchmark."""

from typing import Any

from rich.console import Console
from rich.table import Table

# Baseline of the ratios: it checkpoints the conversation, as the service does.
FLOOR = "floor: graph and saver"


def show(result: dict[str, Any], console: Console) -> None:
    """Print the whole report."""
    console.print(f"{result['at']}, {result['machine']}")
    _show_questions(result["questions"], console)
    _show_processes(result, console)
    _show_shares(result["shares"], console)
    _show_idle(result["idle"], console)
    wrote = result["written"]
    console.print(
        f"written for a question: {wrote['rows']} rows, {wrote['log_bytes']:,} bytes of log, "
        f"{wrote['size_bytes']:,} bytes of tables"
    )
    for span, wrote in result["long_conversation"].items():
        console.print(
            f"questions {span} of one conversation: {wrote['rows']} rows, {wrote['log_bytes']:,} bytes"
        )
    starts = ", ".join(f"{how} {seconds} s" for how, seconds in result["start_s"].items())
    console.print(f"start to the first accepted question: {starts}")


def _show_questions(questions: dict[str, Any], console: Console) -> None:
    table = Table(
        "", "users", "first ms", "total ms", "p99 ms", "per s", "CPU ms", "PG ms", "failed", "CPU × floor"
    )
    for name, by_users in questions.items():
        for users, row in by_users.items():
            ratio = row["cpu_ms"] / questions[FLOOR][users]["cpu_ms"]
            cells = ("first_ms", "total_ms", "p99_ms", "per_s", "cpu_ms", "pg_ms", "failed")
            table.add_row(name, str(users), *(f"{row[cell]:g}" for cell in cells), f"{ratio:.2f}")
    console.print(table)


def _show_processes(result: dict[str, Any], console: Console) -> None:
    single, double = (result["questions"][name] for name in ("service", "service, two processes"))
    times = ", ".join(
        f"{double[people]['per_s'] / single[people]['per_s']:.2f} at {people}" for people in single
    )
    console.print(f"two processes against one, unlimited: × {times}")
    alone, both = (result["held"][name]["per_s"] for name in ("service", "service, two processes"))
    console.print(
        f"the same, each process limited to a share of a core: {alone:g} and {both:g}, × {both / alone:.2f}"
    )


def _show_shares(shares: dict[str, float], console: Console) -> None:
    table = Table("share of the service's CPU, one user", "%")
    for part, percent in shares.items():
        table.add_row(part, f"{percent:g}")
    console.print(table)


def _show_idle(idle: dict[str, Any], console: Console) -> None:
    table = Table("idle", "MB with none", "requested", "held", "kB each", "× echo")
    for name, rows in idle.items():
        for count, row in rows.items():
            if count == "idle_mb":
                continue
            ratio = row["kb_each"] / max(idle["echo"][count]["kb_each"], 0.1)
            cells = (f"{count:,}", f"{row['held']:,}", f"{row['kb_each']:g}", f"{ratio:.2f}")
            table.add_row(name, f"{rows['idle_mb']:g}", *cells)
    console.print(table)

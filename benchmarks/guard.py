"""Measure the SQL guard: `python -m benchmarks.guard`. Milliseconds of CPU time in this process."""

from statistics import quantiles
from time import process_time

from rich.console import Console

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Catalog, Column, Table

ROUNDS = 200
TABLES = 100
COLUMNS = 20
TEN_LINES = """WITH best AS (
    SELECT t1.c1 AS customer, sum(t1.c2) AS revenue, count(*) FILTER (WHERE t1.c3 > 5) AS large
    FROM t1 JOIN t2 ON t2.c0 = t1.c1
    WHERE t2.c4 BETWEEN 10 AND 20 AND t1.c5 IN (SELECT c0 FROM t3 WHERE c6 = 'paid')
    GROUP BY t1.c1
)
SELECT t4.c1, best.revenue, rank() OVER (PARTITION BY t4.c2 ORDER BY best.revenue DESC) AS place
FROM best JOIN t4 ON t4.c0 = best.customer LEFT JOIN t5 ON t5.c1 = t4.c0
WHERE best.large > 3 AND coalesce(t5.c7, 0) < 100
ORDER BY best.revenue DESC LIMIT 20"""
BOMB = "SELECT " + "DATE(TIMESTAMP(" * 11 + "x" + "))" * 11


def catalog() -> Catalog:
    """Build a catalog of 100 tables with 20 columns each."""
    columns = tuple(Column(f"c{place}", "integer", "integer") for place in range(COLUMNS))
    tables = tuple(Table("public", f"t{place}", columns) for place in range(TABLES))
    return Catalog("postgres", tables, "public")


def measure_ms(sql: str, catalog: Catalog) -> list[float]:
    """Measure the CPU time of each verdict, without the first ten."""
    times = []
    for _ in range(ROUNDS):
        started = process_time()
        judge(sql, catalog)
        times.append((process_time() - started) * 1000)
    return times[10:]


def main() -> None:
    """Print the figures."""
    tables, console = catalog(), Console()
    assert isinstance(judge(TEN_LINES, tables), Approved)
    assert isinstance(judge(BOMB, tables), Rejected)
    for label, sql in (("a query of ten lines", TEN_LINES), (f"a bomb of {len(BOMB)} characters", BOMB)):
        cuts = quantiles(measure_ms(sql, tables), n=20)
        console.print(f"{label}, {TABLES} tables: {cuts[9]:.2f} ms median, {cuts[18]:.2f} ms at 95 %")


if __name__ == "__main__":
    main()

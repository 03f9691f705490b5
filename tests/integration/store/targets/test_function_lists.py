"""The guard's list of functions, held against a real PostgreSQL."""

from importlib.resources import files

import psycopg

from agent.guard.rules.lists import read_list


def sections() -> dict[str, set[str]]:
    """The names of the list, by the volatility its headings say was looked into."""
    names_by_heading: dict[str, set[str]] = {"i": set(), "s": set(), "v": set()}
    heading = "i"
    for line in (
        files("agent.guard.rules.lists").joinpath("functions_postgres.txt").read_text("utf-8").splitlines()
    ):
        if line.startswith("# STABLE"):
            heading = "s"
        elif line.startswith("# VOLATILE"):
            heading = "v"
        elif line.startswith("# grammar"):
            break
        names_by_heading[heading] |= set(line.split("#")[0].split())
    return names_by_heading


def test_every_function_only_computes(blank_url: str) -> None:
    reviewed = sections()
    with psycopg.connect(blank_url) as connection:
        rows = connection.execute(
            "SELECT proname, string_agg(DISTINCT provolatile::text, '') FROM pg_proc"
            " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY(%s) GROUP BY proname",
            (list(read_list("functions_postgres")),),
        ).fetchall()
    assert len(rows) > 300
    assert {name for name, kinds in rows if "v" in kinds} == reviewed["v"]
    not_immutable = {name for name, kinds in rows if kinds != "i"}
    assert " ".join(sorted(not_immutable - reviewed["v"] - reviewed["s"])) == ""


def test_no_listed_function_takes_sql_or_reaches_out() -> None:
    risky = ("pg_", "lo_", "dblink", "query_to", "xml", "current_s", "set_", "has_", "ts_stat", "ts_rewrite")
    dangerous = [name for name in read_list("functions_postgres") if name.startswith(risky)]
    assert sorted(dangerous) == ["set_masklen"]

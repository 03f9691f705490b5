from agent.guard.rules.functions import allowed_functions
from agent.guard.rules.lists import read_list
from store.targets.postgres.target import PostgresTarget


async def test_the_server_tells_which_of_its_functions_only_compute(blank_url: str) -> None:
    target = PostgresTarget(blank_url)
    catalog = await target.catalog()
    await target.close()
    assert catalog.functions is not None
    assert {"lower", "round", "jsonb_pretty", "parse_ident"} <= catalog.functions.immutable
    assert {"pg_sleep", "nextval", "random", "set_config", "lo_export"} <= catalog.functions.volatile
    allowed = allowed_functions(catalog)
    # None of what was reviewed gets lost, and nothing is drawn that was left out on purpose.
    assert read_list("functions_postgres") <= allowed
    assert not {"pg_sleep", "query_to_xml", "array_fill", "xpath", "texteq", "numeric_power"} & allowed
    assert all(not name.startswith(("pg_", "lo_", "xml", "has_", "dblink")) for name in allowed)

"""What the guard prints must mean what was written: both are run on a real PostgreSQL."""

import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from agent.guard.judge import judge
from store.access.approved_query import Approved
from store.errors import QueryFailed
from store.rows import Limits
from store.targets.postgres.target import PostgresTarget
from tests.fixtures.guard.schema import shop

OURS = Path(__file__).parents[3] / "guard" / "benign.jsonl"
THEIRS = Path(os.environ.get("QUERENT_BENCH", ""), "guard", "benign.jsonl")
TRAPS = Path(__file__).with_name("traps.sql").read_text("utf-8")
FILL = """
    UPDATE customers SET email = name || '@x.io', city = (ARRAY['Paris', 'Rome'])[1 + id % 2], country = 'FR',
        tags = ARRAY['a', 'b'], meta = jsonb_build_object('vip', id % 2 = 0, 'score', id), "order" = id,
        created_at = timestamptz '2024-01-01 12:00+00' + id * interval '1 day', "Group" = 'g';
    UPDATE orders SET status = (ARRAY['new', 'paid', 'shipped'])[1 + id % 3],
        order_date = date '2024-01-01' + id,
        shipped_at = timestamptz '2024-01-01 12:00+00' + id * interval '1 day',
        items = jsonb_build_array(jsonb_build_object('sku', 's' || id, 'qty', id % 5));
    INSERT INTO products (name, category, price, attrs) SELECT 'p' || i, 'x', i * 2, '{"w": 1}'
        FROM generate_series(1, 20) AS i;
    INSERT INTO order_items SELECT o.id, p.id, 1 + o.id % 4, p.price FROM orders AS o
        JOIN products AS p ON p.id = 1 + o.id % 20;
    INSERT INTO employees (name, manager_id, salary, dept, hired)
        SELECT 'e' || i, nullif(i / 3, 0), 1000 + i, 'ops', date '2020-01-01' + i
        FROM generate_series(1, 20) AS i;
    INSERT INTO events (ts, kind, payload, duration, ip, during) SELECT now() - i * interval '1 hour', 'view',
        jsonb_build_object('n', i), i * interval '1 min', '10.0.0.1', tstzrange(now() - interval '1 h', now())
        FROM generate_series(1, 50) AS i;
"""
# These give other rows each time, or the time itself.
MOVING = ("random()", "now()", "TABLESAMPLE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP")


def honest_queries() -> list[str]:
    text = OURS.read_text("utf-8") + (THEIRS.read_text("utf-8") if THEIRS.is_file() else "")
    lines = [json.loads(line) for line in text.splitlines()]
    return [query["sql"] for query in lines if query["dialect"] == "postgres"]


def plain(row: tuple[object, ...]) -> str:
    """A row as text; 5.0 and 5.00 are one number, whatever its type.

    `|/ x` is printed as `SQRT(x)`, which counts in decimals, not in floats: 12 digits are compared.
    """
    return str(
        [f"{float(value):.12g}" if isinstance(value, Decimal | int | float) else value for value in row]
    )


@pytest.fixture
def shop_url(blank_url: str) -> str:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute((TRAPS + FILL).encode())
    return blank_url


async def test_honest_queries_give_the_rows_of_what_was_written(shop_url: str) -> None:
    target = PostgresTarget(shop_url)
    wrong = []
    with psycopg.connect(shop_url, autocommit=True) as connection:
        for sql in honest_queries():
            verdict = judge(sql, shop("postgres"))
            assert isinstance(verdict, Approved)
            try:
                rows = (await target.run(verdict, Limits(rows=100_000))).values
            except QueryFailed as failure:
                wrong.append((sql, verdict.sql, failure.reason))
                continue
            expected = connection.execute(sql.encode()).fetchall()
            moves = any(sign in sql for sign in MOVING)
            if not moves and Counter(map(plain, rows)) != Counter(map(plain, expected)):
                wrong.append((sql, verdict.sql, f"{rows[:3]} instead of {expected[:3]}"))
    await target.close()
    assert wrong == []

"""A MySQL or MariaDB to test with: `QUERENT_TEST_MYSQL_URL`, or one on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import pymysql
import pytest

from store.targets.address import Address
from store.targets.address_url import read_address

URL = os.environ.get("QUERENT_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306")
ABSENT = "No MySQL or MariaDB answers at QUERENT_TEST_MYSQL_URL."


def server_address() -> Address:
    """Where the server is; whichever database the URL names, tests make their own."""
    return read_address(URL.rstrip("/") + "/mysql" if URL.count("/") < 3 else URL)


def run(sql: str, database: str | None = None) -> list[tuple[object, ...]]:
    """Run statements, with semicolons at the ends of lines between them, and give the rows of the last."""
    at = server_address()
    session = pymysql.connect(
        host=at.host, port=at.port, user=at.user, password=at.password, database=database, autocommit=True
    )
    with session, session.cursor() as cursor:
        for statement in filter(str.strip, sql.split(";\n")):
            cursor.execute(statement)
        return list(cursor.fetchall())


@contextmanager
def fresh_database(script: str) -> Iterator[Address]:
    """Make a database for one test; without a server the test is skipped, but not where `CI` is set."""
    name = f"querent_test_{uuid4().hex[:12]}"
    try:
        run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    except pymysql.err.OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip(ABSENT)
    try:
        run(script, name)
        yield replace(server_address(), database=name)
    finally:
        run(f"DROP DATABASE {name}")


def url_of(address: Address) -> str:
    """Write it as a person would give it."""
    secret = f":{address.password}" if address.password else ""
    return f"mysql://{address.user}{secret}@{address.host}:{address.port}/{address.database}"

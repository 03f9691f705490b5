import pytest

from store.errors import QueryFailed
from store.targets.mysql.sandbox import check_statement


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "(SELECT 1) UNION (SELECT 2)",
        "WITH x AS (SELECT 1 AS n) SELECT n FROM x",
        "SELECT 'it''s; -- /* @x', \"a;b\", '\\';', `odd;name` FROM t",
        "SELECT a--1, 5 - -1 FROM t",
        "SELECT SUBSTRING(name FROM 1 FOR 2), user, version FROM t WHERE t.database = 'mysql'",
        "SELECT `user`.name FROM `user`",
        "SELECT t.into_account, t.locked FROM t",
        "SELECT 1e1, 0x1F, N'x', _utf8mb4'x'",
    ],
)
def test_what_only_reads_tables_gets_through(sql: str) -> None:
    check_statement(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "DELETE FROM t",
        "EXPLAIN SELECT 1",
        "TABLE t",
        "SELECT 1;",
        "SELECT '\\\\'; DROP TABLE t; -- '",
        "SELECT 'open",
        "SELECT 1 -- more",
        "SELECT 1 # more",
        "SELECT 1 /*! + 1 */",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 INTO @x",
        "SELECT @@version",
        "SELECT * FROM t FOR\nUPDATE",
        "SELECT * FROM t LOCK IN SHARE MODE",
        "SELECT `SLEEP` (5)",
        "SELECT load_file('/etc/passwd')",
        "SELECT NEXT VALUE FOR s",
        "SELECT user()",
        "SELECT * FROM mysql . user",
        "SELECT * FROM `information_schema`.tables",
        "SELECT 1\x00",
    ],
)
def test_what_does_something_else_does_not(sql: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        check_statement(sql)
    assert failure.value.kind == "permission"

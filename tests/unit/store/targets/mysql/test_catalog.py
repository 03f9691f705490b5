from datetime import UTC, datetime, time, timedelta

import pytest
from pymysql.constants import FIELD_TYPE, FLAG

from store.targets.mysql.catalog import BINARY_CHARSET, conversions, kind_of_declaration, kind_of_field


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("int(10) unsigned", "integer"),
        ("tinyint(1)", "boolean"),
        ("tinyint(4)", "integer"),
        ("decimal(10,2)", "number"),
        ("enum('a','b')", "text"),
        ("varbinary(9)", "binary"),
        ("datetime(3)", "timestamp"),
        ("json", "json"),
        ("point", "other"),
    ],
)
def test_a_declared_type_tells_what_it_holds(declared: str, kind: str) -> None:
    assert kind_of_declaration(declared) == kind


def test_texts_and_bytes_have_one_type_and_two_character_sets() -> None:
    assert kind_of_field(FIELD_TYPE.BLOB, BINARY_CHARSET, 0) == "binary"
    assert kind_of_field(FIELD_TYPE.BLOB, 45, 0) == "text"
    assert kind_of_field(FIELD_TYPE.STRING, BINARY_CHARSET, FLAG.ENUM) == "text"


def test_what_python_has_no_value_for_stays_text() -> None:
    read = conversions()
    assert read[FIELD_TYPE.TIMESTAMP]("2024-01-02 03:04:05") == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read[FIELD_TYPE.TIMESTAMP]("0000-00-00 00:00:00") == "0000-00-00 00:00:00"
    assert read[FIELD_TYPE.TIME]("10:00:00") == time(10)
    assert read[FIELD_TYPE.TIME]("-26:00:00") == timedelta(hours=-26)
    assert read[FIELD_TYPE.JSON]('{"a": [1]}') == {"a": [1]}
    assert read[FIELD_TYPE.JSON]("{") == "{"
    assert read[FIELD_TYPE.BIT](b"\x01\x02") == 258

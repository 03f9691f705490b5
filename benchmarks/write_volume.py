"""Write volume of the store: rows, bytes of write-ahead log and of tables."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from statistics import median
from time import sleep
from typing import Self

import psycopg

# A backend reports its statistics after at most ten idle seconds.
REPORT_DELAY_S = 10.5
ROWS = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables"
# `wal_bytes` includes full-page images, which depend on checkpoints; the median reduces the noise.
WAL_BYTES = "SELECT wal_bytes FROM pg_stat_wal"
SIZE = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True)
class WriteVolume:
    """Rows inserted, changed or deleted; bytes of the write-ahead log; growth of the database."""

    rows: float
    log_bytes: float
    size_bytes: float

    def since(self, before: Self, questions: int) -> "WriteVolume":
        """Return the write volume per question since an earlier reading."""
        return WriteVolume(
            *(
                (after - before_value) / questions
                for after, before_value in zip(astuple(self), astuple(before), strict=True)
            )
        )

    def rounded(self) -> dict[str, float]:
        """Round the figures for the report."""
        return {
            "rows": round(self.rows, 1),
            "log_bytes": round(self.log_bytes),
            "size_bytes": round(self.size_bytes),
        }

    @staticmethod
    def median(many: "Sequence[WriteVolume]") -> dict[str, float]:
        """Return the median of each figure."""
        return WriteVolume(*(median(column) for column in zip(*map(astuple, many), strict=True))).rounded()


def read_write_volume(store_url: str) -> WriteVolume:
    """Read the counters of the whole server, so that only what differs between two readings counts."""
    sleep(REPORT_DELAY_S)
    with psycopg.connect(store_url, autocommit=True) as connection:
        values = [connection.execute(query).fetchone() for query in (ROWS, WAL_BYTES, SIZE)]
    return WriteVolume(*(float(value[0]) for value in values if value is not None))

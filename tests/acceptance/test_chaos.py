"""A short chaos run; `make chaos N=2000` is the long one."""

import os

import pytest

from benchmarks.chaos.run import run_chaos


@pytest.mark.timeout(420)
async def test_nothing_is_lost_while_everything_breaks() -> None:
    outcome = await run_chaos(int(os.environ.get("QUERENT_CHAOS", "200")))
    print(outcome)
    assert outcome.violations == []
    assert outcome.kills > 0
    assert outcome.resets > 0
    assert outcome.runs.get("completed", 0) > outcome.questions / 2

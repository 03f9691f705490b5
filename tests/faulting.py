"""The ways in which providers of language models fail, one after the other, done to good answers."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.stub_model import Answer, Reply

SLOW_S = 0.05


def status(code: int, **headers: str) -> Callable[[Reply], Reply]:
    """A refusal before anything was said."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda good: Reply(["not now"], status=code, headers=named)


FAULTS: Mapping[str, Callable[[Reply], Reply]] = {
    "429 with Retry-After": status(429, retry_after="0"),
    "429 with a Retry-After of a minute": status(429, retry_after="60"),
    "429 without Retry-After": status(429),
    "500": status(500),
    "503 with a date": status(503, retry_after="Wed, 21 Oct 2099 07:28:00 GMT"),
    "401": status(401),
    "400": status(400),
    "stall": lambda good: replace(good, fault="stall"),
    "stall with comments": lambda good: replace(good, fault="keepalive"),
    "reset in the middle": lambda good: replace(good, fault="reset"),
    "an error in the stream": lambda good: replace(good, fault="error_event"),
    "no JSON": lambda good: replace(good, fault="no_json"),
    "never a first byte": lambda good: replace(good, fault="late"),
    "a slow first byte": lambda good: replace(good, delay_s=SLOW_S),
    "content_filter": lambda good: replace(good, pieces=good.pieces[:1], finish="content_filter"),
    "empty choices": lambda good: replace(good, fault="no_choices"),
    "a tool call where text was asked": lambda good: Reply(tool={"name": "look_up", "fields": {"q": 1}}),
    "nothing at all": lambda good: Reply([]),
    "a refusal": lambda good: Reply(refusal="I cannot help with that."),
    "no usage": lambda good: replace(good, usage=False),
}


class FaultyModel:
    """Answers as another would, and fails in every way in turn at a share of the requests."""

    def __init__(self, good: Answer, share: float, seed: int = 1) -> None:
        self._good = good
        self._share = share
        self._chance = random.Random(seed)
        self.done: Counter[str] = Counter()

    def __call__(self, body: dict[str, Any]) -> Reply:
        """Answer one request."""
        good = self._good(body)
        if self._chance.random() >= self._share:
            return good
        fewest = min(self.done.get(name, 0) for name in FAULTS)
        name = self._chance.choice([name for name in FAULTS if self.done.get(name, 0) == fewest])
        self.done[name] += 1
        return FAULTS[name](good)

"""What can go wrong in the mind.

* AnalystError
    * AnalystUnavailable – the model's provider does not answer, refuses us, or is out of quota
        * BudgetSpent – the question has spent on models what it may
    * ModelUnusable – a model that is named in the settings cannot be set up
    * AnalystConfused – the model answered, but nothing that can be used
* PolicyUnreadable – a policy file cannot be used; says where and why
"""

from collections.abc import Sequence


class AnalystError(Exception):
    """Any fault of an analyst; `str()` is a sentence safe to show: no key, no address, no provider text."""


class AnalystUnavailable(AnalystError):
    """Nobody is there to think; the same question may work later."""


class BudgetSpent(AnalystUnavailable):
    """The model is there, but this question may spend no more on it."""


class ModelUnusable(AnalystError):
    """A model that is named in the settings cannot be set up; the settings have to be changed."""


class AnalystConfused(AnalystError):
    """The answer came and makes no sense, also after asking again."""


class PolicyUnreadable(Exception):
    """A policy cannot be used; `str()` has a line for each fault, safe to show to whoever wrote it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)

"""Exceptions of the text-to-SQL engine.

* AnalystError
    * AnalystUnavailable – the model provider does not answer, rejects the credentials, or is out of quota
        * BudgetExceeded – the question has used up its model budget
    * ModelMisconfigured – a model named in the settings cannot be constructed
    * InvalidModelOutput – the model answered, but with nothing usable
* InvalidPolicy – a policy file cannot be used; lists each problem with its line
"""

from collections.abc import Sequence


class AnalystError(Exception):
    """Base class of analyst failures; `str()` is safe to show: no key, no address, no provider text."""


class AnalystUnavailable(AnalystError):
    """The analyst cannot be reached at the moment; the same question may work later."""


class BudgetExceeded(AnalystUnavailable):
    """The model is available, but this question may not spend any more on it."""


class ModelMisconfigured(AnalystError):
    """A model named in the settings cannot be constructed; the settings must be changed."""


class InvalidModelOutput(AnalystError):
    """The model's output is unusable, even after one retry."""


class InvalidPolicy(Exception):
    """A policy file cannot be used; `str()` has one line per problem, safe to show to its author."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

"""What can go wrong in the mind.

* AnalystError
    * AnalystUnavailable – the model's provider does not answer, refuses us, or is out of quota
    * AnalystConfused – the model answered, but nothing that can be used
"""


class AnalystError(Exception):
    """Any fault of an analyst; `str()` is a sentence safe to show: no key, no address, no provider text."""


class AnalystUnavailable(AnalystError):
    """Nobody is there to think; the same question may work later."""


class AnalystConfused(AnalystError):
    """The answer came and makes no sense, also after asking again."""

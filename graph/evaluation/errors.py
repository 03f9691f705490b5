"""What can be wrong with what an evaluation is given.

* EvaluationUnusable – `str()` is one sentence that says where and what
"""


class EvaluationUnusable(Exception):
    """A file of questions, a folder of databases or a suite cannot be used."""

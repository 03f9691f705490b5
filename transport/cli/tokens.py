"""`querent pass`: tokens that name an asker and end by themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from graph.settings import Settings
from transport.auth.authentication import pass_key_of
from transport.auth.jwt import make_pass
from transport.cli.runtime import Unusable


def issue(settings: Settings, asker: str, hours: float, claims: Sequence[str]) -> str:
    """Make a pass; a claim is `name=value`. Raises `Unusable`."""
    key = pass_key_of(settings)
    if key is None:
        raise Unusable("Set QUERENT_PASS_KEY, the key that passes are signed with.")
    told = dict(claim.partition("=")[::2] for claim in claims)
    try:
        return make_pass(key, asker, datetime.now(UTC), timedelta(hours=hours), told)
    except ValueError as error:
        raise Unusable(str(error)) from error

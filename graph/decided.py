"""What the operator decided, told to each part in its own terms."""

from urllib.parse import urlsplit

from graph.analysts import budget_of
from graph.crew import Rules
from graph.needs import Policy
from graph.settings import Settings
from store.rows import Limits
from store.targets.hosts import Hosts


def policy_of(settings: Settings) -> Policy:
    """What the operator decided about every turn."""
    return Policy(
        limits=Limits(rows=settings.max_rows, seconds=settings.query_timeout_s),
        approve=settings.approve,
        clarify=settings.clarify,
        drafts=settings.drafts,
        budget=budget_of(settings),
    )


def hosts_of(settings: Settings, store_url: str) -> Hosts:
    """What connections may reach that somebody else than the operator gives."""
    parts = urlsplit(store_url)
    own = ((parts.hostname, parts.port or 5432),) if parts.hostname else ()
    return Hosts(settings.private_hosts, own)


def rules_of(settings: Settings) -> Rules:
    """What the operator decided about runs."""
    return Rules(
        lease_s=settings.lease_s,
        answer_within_s=settings.answer_within_s or None,
        runs_per_asker=settings.runs_per_asker or None,
        runs_here=settings.runs_here or None,
        keep_events_s=settings.keep_events_days * 86_400 or None,
    )

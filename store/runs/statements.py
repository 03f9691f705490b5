"""The SQL of the ledger (`store/runs/runs.py`): each statement is one round trip and commits by itself."""

from typing import LiteralString

# A batch comes as one line of JSON: an array of the driver's takes longer to write than all the rest.
BATCHES: LiteralString = """
    unnest(string_to_array(%(lasts)s, ',')::int[], string_to_array(%(bodies)s, E'\\n'))
        AS batch (last, events)
"""

# Who waits in the queue goes first. A question asked while another waits for an answer passes that over.
# Each status by itself: an index knows who runs, another who waits, none both. Of two that begin at the same
# moment, one breaks `runs_one_running`, and takes its numbers back.
BEGIN: LiteralString = (
    """
WITH last AS (
    SELECT question FROM runs WHERE conversation = %(conversation)s ORDER BY created_at DESC LIMIT 1
), held AS (
    UPDATE conversations SET updated_at = now(), title = coalesce(title, %(title)s::text),
        last_seq = last_seq + %(count)s
    WHERE id = %(conversation)s
        AND NOT EXISTS (SELECT FROM runs WHERE conversation = %(conversation)s AND status = 'running')
        AND NOT EXISTS (SELECT FROM runs WHERE conversation = %(conversation)s AND status = 'queued')
        AND (%(most)s::int IS NULL
            OR (SELECT count(*) FROM runs WHERE status = 'running' AND runs.asker = conversations.asker)
            + (SELECT count(*) FROM runs WHERE status = 'queued' AND runs.asker = conversations.asker)
            < %(most)s)
    RETURNING id, asker, database, last_seq - %(count)s AS before, clock_timestamp() AS at
), begun AS (
    INSERT INTO runs
        (id, conversation, asker, question, database, input, status, owner, lease_expires_at, started_at)
    SELECT %(run)s, id, asker, coalesce(%(question)s::text, (SELECT question FROM last), ''), database,
        %(input)s, 'running', %(owner)s, now() + make_interval(secs => %(lease_s)s), now()
    FROM held RETURNING *
), written AS (
    INSERT INTO event_batches (conversation, seq, before, run_id, at, events)
    SELECT id, before + last, before, %(run)s, at, events::json FROM held,"""
    + BATCHES
    + """
)
SELECT begun.*, before, at, pg_notify('querent_events', held.id || ':' || before + %(count)s) FROM begun, held
"""
)
# Why it did not begin.
BUSY: LiteralString = """
SELECT EXISTS (
    SELECT FROM runs WHERE conversation = conversations.id AND status IN ('queued', 'running')
) AS busy FROM conversations WHERE conversations.id = %(conversation)s
"""

# The lock on the run keeps `take_expired` away until the events are in; a heartbeat may pass.
WHILE_HELD: LiteralString = """
WITH held AS MATERIALIZED (
    SELECT conversation FROM runs
    WHERE id = %(run)s AND owner = %(owner)s AND attempt = %(attempt)s AND status = 'running'
    FOR KEY SHARE
)"""

ENDING: LiteralString = """
WITH held AS (
    UPDATE runs SET status = %(status)s, error = %(error)s, finished_at = now(), lease_expires_at = NULL,
        usage = %(usage)s, waiting = %(waiting)s, waits_until = now() + make_interval(secs => %(waits_s)s)
    WHERE id = %(run)s AND owner = %(owner)s AND attempt = %(attempt)s AND status = 'running'
    RETURNING conversation
)"""

# One statement, one round trip: numbers are given out under the conversation's row lock, which is kept until
# commit, so whoever reads sees no gap.
APPEND: LiteralString = (
    """, bumped AS (
    UPDATE conversations SET last_seq = last_seq + %(count)s FROM held WHERE id = held.conversation
    RETURNING id, last_seq - %(count)s AS before, clock_timestamp() AS at
), written AS (
    INSERT INTO event_batches (conversation, seq, before, run_id, at, ending, events)
    SELECT id, before + last, before, %(run)s, at,
        CASE WHEN last = %(count)s THEN %(ending)s::text END, events::json
    FROM bumped,"""
    + BATCHES
    + """
)
SELECT before, at, pg_notify('querent_events', id || ':' || before + %(count)s) FROM bumped
"""
)

RENEW: LiteralString = """
UPDATE runs SET lease_expires_at = now() + make_interval(secs => %(lease_s)s)
WHERE owner = %(owner)s AND status = 'running' AND (%(runs)s::uuid[] IS NULL OR id = ANY (%(runs)s))
RETURNING *
"""

TAKE_EXPIRED: LiteralString = """
WITH expired AS MATERIALIZED (
    SELECT id FROM runs WHERE status = 'running' AND lease_expires_at <= now() FOR UPDATE SKIP LOCKED
)
UPDATE runs SET owner = %(owner)s, attempt = attempt + 1,
    lease_expires_at = now() + make_interval(secs => %(lease_s)s)
FROM expired WHERE runs.id = expired.id
RETURNING runs.*
"""

RELEASE: LiteralString = """
UPDATE runs SET lease_expires_at = now() WHERE owner = %(owner)s AND status = 'running'
"""

REQUEST_CANCEL: LiteralString = """
WITH asked AS (
    UPDATE runs SET cancel_requested = true
    WHERE conversation = %(conversation)s AND status = 'running'
        AND (%(run)s::uuid IS NULL OR id = %(run)s)
    RETURNING *
)
SELECT asked.*, pg_notify('querent_cancel', id::text) FROM asked
"""

EVENTS_AFTER: LiteralString = """
SELECT before, run_id, at, events::text AS events FROM event_batches
WHERE conversation = %(conversation)s AND seq > %(since)s
ORDER BY seq LIMIT %(most)s
"""

LAST_SEQ: LiteralString = "SELECT last_seq FROM conversations WHERE id = %(conversation)s"

LAST_SEQS: LiteralString = "SELECT id, last_seq FROM conversations WHERE id = ANY(%(conversations)s)"
# A run that waits for its asker has not ended. The newest batches are looked at first, seldom more than one.
SETTLED_SEQ: LiteralString = """
SELECT coalesce((
    SELECT seq FROM event_batches
    WHERE conversation = %(conversation)s AND ending IN ('completed', 'failed', 'cancelled')
        AND at <= %(as_of)s
    ORDER BY seq DESC LIMIT 1
), 0) AS seq
"""
# Again the newest first: those of the last run, and the one before them.
BEFORE_LAST_RUN: LiteralString = """
SELECT coalesce((
    SELECT seq FROM event_batches
    WHERE conversation = %(conversation)s AND run_id <> (
        SELECT run_id FROM event_batches WHERE conversation = %(conversation)s ORDER BY seq DESC LIMIT 1
    )
    ORDER BY seq DESC LIMIT 1
), 0) AS seq
"""
FIND: LiteralString = "SELECT * FROM runs WHERE id = %(run)s"
RUNNING: LiteralString = "SELECT * FROM runs WHERE conversation = %(conversation)s AND status = 'running'"
OF_CONVERSATION: LiteralString = """
SELECT * FROM runs WHERE conversation = %(conversation)s ORDER BY created_at DESC LIMIT %(most)s
"""


# The conversation's row lock makes who comes first the first in the queue. `APPEND` follows.
ENQUEUE: LiteralString = """
WITH known AS MATERIALIZED (
    SELECT id, asker, database FROM conversations WHERE id = %(conversation)s FOR UPDATE
), held AS (
    INSERT INTO runs (id, conversation, asker, question, database, input, status, created_at)
    SELECT %(run)s, id, asker, coalesce(%(question)s::text, ''), database, %(input)s, 'queued',
        clock_timestamp()
    FROM known
    WHERE (
            SELECT count(*) FROM runs WHERE status = 'queued' AND conversation = %(conversation)s
        ) < %(most_queued)s
        AND (%(most)s::int IS NULL OR (
            SELECT count(*) FROM runs WHERE status IN ('queued', 'running') AND runs.asker = known.asker
        ) < %(most)s)
    RETURNING conversation
)"""

# The first in each queue, where nothing runs. Two who try at once: one waits, then finds it taken.
TAKE_NEXT: LiteralString = """
WITH next AS MATERIALIZED (
    SELECT DISTINCT ON (conversation) id FROM runs
    WHERE status = 'queued' AND (%(conversation)s::uuid IS NULL OR conversation = %(conversation)s)
        AND NOT EXISTS (
            SELECT FROM runs AS other
            WHERE other.conversation = runs.conversation AND other.status = 'running'
        )
    ORDER BY conversation, created_at
)
UPDATE runs SET status = 'running', owner = %(owner)s, started_at = now(),
    lease_expires_at = now() + make_interval(secs => %(lease_s)s)
FROM next WHERE runs.id = next.id AND runs.status = 'queued'
RETURNING runs.*
"""

QUEUED: LiteralString = """
SELECT id FROM runs WHERE conversation = %(conversation)s AND status = 'queued' ORDER BY created_at
"""

# `APPEND` follows.
DROP: LiteralString = """
WITH held AS (
    UPDATE runs SET status = 'cancelled', finished_at = now(), cancel_requested = true
    WHERE id = %(run)s AND conversation = %(conversation)s AND status = 'queued'
    RETURNING conversation
)"""

# Taking the date off and beginning to answer are one step. Whoever asked something else meanwhile has passed
# over what waited.
GIVE_DEFAULTS: LiteralString = """
WITH due AS MATERIALIZED (
    SELECT id FROM runs WHERE waits_until <= now() ORDER BY waits_until LIMIT 20 FOR UPDATE SKIP LOCKED
), cleared AS (
    UPDATE runs SET waits_until = NULL FROM due WHERE runs.id = due.id RETURNING runs.*
)
INSERT INTO runs
    (id, conversation, asker, question, database, input, status, owner, lease_expires_at, started_at)
SELECT gen_random_uuid(), conversation, asker, question, database,
    json_build_object('interrupt_id', waiting -> 'id', 'response', waiting -> 'default', 'by', 'default'),
    'running', %(owner)s, now() + make_interval(secs => %(lease_s)s), now()
FROM cleared
WHERE NOT EXISTS (
    SELECT FROM runs AS later
    WHERE later.conversation = cleared.conversation AND later.created_at > cleared.created_at
)
ON CONFLICT (conversation) WHERE status = 'running' DO NOTHING
RETURNING *
"""

# What remains of a run: its own life, what was asked (and asked back), and what came of it.
FOLD: LiteralString = """
WITH due AS MATERIALIZED (
    SELECT id, conversation FROM runs
    WHERE finished_at < now() - make_interval(secs => %(older_than_s)s) AND NOT folded
    ORDER BY finished_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), kept AS MATERIALIZED (
    SELECT batch.conversation, batch.seq, json_agg(event ORDER BY nth) FILTER (
        WHERE event ->> 1 IN ('lifecycle', 'values', 'input')
            OR event ->> 2 IN ('asked', 'responded', 'evidence')
    ) AS events
    FROM due JOIN event_batches AS batch ON batch.conversation = due.conversation AND batch.run_id = due.id
    CROSS JOIN json_array_elements(batch.events) WITH ORDINALITY AS each (event, nth)
    GROUP BY batch.conversation, batch.seq
), gone AS (
    DELETE FROM event_batches USING kept
    WHERE event_batches.conversation = kept.conversation AND event_batches.seq = kept.seq
        AND kept.events IS NULL
), shrunk AS (
    UPDATE event_batches SET events = kept.events FROM kept
    WHERE event_batches.conversation = kept.conversation AND event_batches.seq = kept.seq
        AND kept.events IS NOT NULL
)
UPDATE runs SET folded = true FROM due WHERE runs.id = due.id RETURNING runs.id
"""

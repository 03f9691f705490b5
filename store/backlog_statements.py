"""The SQL of the backlog (`store/backlog.py`): each statement is one round trip and commits by itself."""

from typing import LiteralString

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

"""SQL statements of runs, their queue and their event log. Each is one round trip and commits by itself.

Three statements take events and end with `APPEND_EVENTS`, which reads the conversation from a common table
expression named `current_run`.
"""

from typing import LiteralString

# Batches arrive as one line of JSON each: psycopg takes longer to write an array than everything else.
UNNEST_BATCHES: LiteralString = """
    unnest(string_to_array(%(last_positions)s, ',')::int[], string_to_array(%(bodies)s, E'\\n'))
        AS batch (last_position, events)
"""

# Queued runs go first; a new question supersedes a pending interrupt. The subqueries ask for one status each,
# because the partial indexes cover `running` and `queued` separately. Of two concurrent attempts one violates
# `runs_one_running`, and its sequence numbers are rolled back.
BEGIN_RUN: LiteralString = (
    """
WITH previous AS (
    SELECT question FROM runs WHERE conversation_id = %(conversation_id)s ORDER BY created_at DESC LIMIT 1
), accepted AS (
    UPDATE conversations SET updated_at = now(), title = coalesce(title, %(title)s::text),
        last_seq = last_seq + %(count)s
    WHERE id = %(conversation_id)s
        AND NOT EXISTS (SELECT FROM runs WHERE conversation_id = %(conversation_id)s AND status = 'running')
        AND NOT EXISTS (SELECT FROM runs WHERE conversation_id = %(conversation_id)s AND status = 'queued')
        AND (%(max_runs)s::int IS NULL
            OR (SELECT count(*) FROM runs WHERE status = 'running' AND runs.user_id = conversations.user_id)
            + (SELECT count(*) FROM runs WHERE status = 'queued' AND runs.user_id = conversations.user_id)
            < %(max_runs)s)
    RETURNING id, user_id, database, last_seq - %(count)s AS base_seq, clock_timestamp() AS logged_at
), begun AS (
    INSERT INTO runs
        (id, conversation_id, user_id, question, database, input, status, owner, lease_expires_at, started_at)
    SELECT %(run_id)s, id, user_id, coalesce(%(question)s::text, (SELECT question FROM previous), ''),
        database, %(input)s, 'running', %(owner)s, now() + make_interval(secs => %(lease_s)s), now()
    FROM accepted RETURNING *
), appended AS (
    INSERT INTO event_batches (conversation_id, last_seq, base_seq, run_id, created_at, events)
    SELECT id, base_seq + last_position, base_seq, %(run_id)s, logged_at, events::json FROM accepted,"""
    + UNNEST_BATCHES
    + """
)
SELECT begun.*, base_seq, logged_at, pg_notify('querent_events', accepted.id || ':' || base_seq + %(count)s)
FROM begun, accepted
"""
)
# Explains why `BEGIN_RUN` returned no row.
IS_BUSY: LiteralString = """
SELECT EXISTS (
    SELECT FROM runs WHERE conversation_id = conversations.id AND status IN ('queued', 'running')
) AS is_busy FROM conversations WHERE conversations.id = %(conversation_id)s
"""

# The row lock keeps `CLAIM_EXPIRED` waiting until the events are committed; FOR KEY SHARE lets heartbeats
# pass.
WITH_LEASE: LiteralString = """
WITH current_run AS MATERIALIZED (
    SELECT conversation_id FROM runs
    WHERE id = %(run_id)s AND owner = %(owner)s AND attempt = %(attempt)s AND status = 'running'
    FOR KEY SHARE
)"""

FINISH_RUN: LiteralString = """
WITH current_run AS (
    UPDATE runs SET status = %(status)s, error = %(error)s, finished_at = now(), lease_expires_at = NULL,
        usage = %(usage)s, pending_interrupt = %(pending_interrupt)s,
        interrupt_expires_at = now() + make_interval(secs => %(interrupt_timeout_s)s)
    WHERE id = %(run_id)s AND owner = %(owner)s AND attempt = %(attempt)s AND status = 'running'
    RETURNING conversation_id
)"""

# Sequence numbers are assigned under the row lock of the conversation, which is held until the commit:
# readers see no gap.
APPEND_EVENTS: LiteralString = (
    """, numbered AS (
    UPDATE conversations SET last_seq = last_seq + %(count)s
    FROM current_run WHERE id = current_run.conversation_id
    RETURNING id, last_seq - %(count)s AS base_seq, clock_timestamp() AS logged_at
), appended AS (
    INSERT INTO event_batches (conversation_id, last_seq, base_seq, run_id, created_at, final_status, events)
    SELECT id, base_seq + last_position, base_seq, %(run_id)s, logged_at,
        CASE WHEN last_position = %(count)s THEN %(final_status)s::text END, events::json
    FROM numbered,"""
    + UNNEST_BATCHES
    + """
)
SELECT base_seq, logged_at, pg_notify('querent_events', id || ':' || base_seq + %(count)s) FROM numbered
"""
)

RENEW_LEASES: LiteralString = """
UPDATE runs SET lease_expires_at = now() + make_interval(secs => %(lease_s)s)
WHERE owner = %(owner)s AND status = 'running' AND (%(run_ids)s::uuid[] IS NULL OR id = ANY (%(run_ids)s))
RETURNING *
"""

CLAIM_EXPIRED: LiteralString = """
WITH expired AS MATERIALIZED (
    SELECT id FROM runs WHERE status = 'running' AND lease_expires_at <= now() FOR UPDATE SKIP LOCKED
)
UPDATE runs SET owner = %(owner)s, attempt = attempt + 1,
    lease_expires_at = now() + make_interval(secs => %(lease_s)s)
FROM expired WHERE runs.id = expired.id
RETURNING runs.*
"""

RELEASE_LEASES: LiteralString = """
UPDATE runs SET lease_expires_at = now() WHERE owner = %(owner)s AND status = 'running'
"""

REQUEST_CANCEL: LiteralString = """
WITH requested AS (
    UPDATE runs SET cancel_requested = true
    WHERE conversation_id = %(conversation_id)s AND status = 'running'
        AND (%(run_id)s::uuid IS NULL OR id = %(run_id)s)
    RETURNING *
)
SELECT requested.*, pg_notify('querent_cancel', id::text) FROM requested
"""

EVENTS_AFTER: LiteralString = """
SELECT base_seq, run_id, created_at, events::text AS events FROM event_batches
WHERE conversation_id = %(conversation_id)s AND last_seq > %(since)s
ORDER BY last_seq LIMIT %(limit)s
"""

LAST_SEQ: LiteralString = "SELECT last_seq FROM conversations WHERE id = %(conversation_id)s"

LAST_SEQS: LiteralString = "SELECT id, last_seq FROM conversations WHERE id = ANY(%(conversation_ids)s)"
# A run that waits for a human answer has not finished. The scan starts at the newest batch and seldom reads
# more than one.
SETTLED_SEQ: LiteralString = """
SELECT last_seq FROM event_batches
WHERE conversation_id = %(conversation_id)s AND final_status IN ('completed', 'failed', 'cancelled')
    AND created_at <= %(as_of)s
ORDER BY last_seq DESC LIMIT 1
"""
# Newest first as well: reads the batches of the last run and the one before them.
SEQ_BEFORE_LAST_RUN: LiteralString = """
SELECT last_seq FROM event_batches
WHERE conversation_id = %(conversation_id)s AND run_id <> (
    SELECT run_id FROM event_batches
    WHERE conversation_id = %(conversation_id)s ORDER BY last_seq DESC LIMIT 1
)
ORDER BY last_seq DESC LIMIT 1
"""
FIND_RUN: LiteralString = "SELECT * FROM runs WHERE id = %(run_id)s"
FIND_RUNNING: LiteralString = """
SELECT * FROM runs WHERE conversation_id = %(conversation_id)s AND status = 'running'
"""
LIST_RUNS: LiteralString = """
SELECT * FROM runs WHERE conversation_id = %(conversation_id)s ORDER BY created_at DESC LIMIT %(limit)s
"""


# The row lock of the conversation orders concurrent callers. `APPEND_EVENTS` follows.
ENQUEUE: LiteralString = """
WITH locked AS MATERIALIZED (
    SELECT id, user_id, database FROM conversations WHERE id = %(conversation_id)s FOR UPDATE
), current_run AS (
    INSERT INTO runs (id, conversation_id, user_id, question, database, input, status, created_at)
    SELECT %(run_id)s, id, user_id, coalesce(%(question)s::text, ''), database, %(input)s, 'queued',
        clock_timestamp()
    FROM locked
    WHERE (
            SELECT count(*) FROM runs WHERE status = 'queued' AND conversation_id = %(conversation_id)s
        ) < %(max_queued)s
        AND (%(max_runs)s::int IS NULL OR (
            SELECT count(*) FROM runs WHERE status IN ('queued', 'running') AND runs.user_id = locked.user_id
        ) < %(max_runs)s)
    RETURNING conversation_id
)"""

# The first run of each queue whose conversation has no running run. Of two concurrent callers the second
# waits for the row lock and then finds the run no longer queued.
CLAIM_NEXT: LiteralString = """
WITH next AS MATERIALIZED (
    SELECT DISTINCT ON (conversation_id) id FROM runs
    WHERE status = 'queued'
        AND (%(conversation_id)s::uuid IS NULL OR conversation_id = %(conversation_id)s)
        AND NOT EXISTS (
            SELECT FROM runs AS other
            WHERE other.conversation_id = runs.conversation_id AND other.status = 'running'
        )
    ORDER BY conversation_id, created_at
)
UPDATE runs SET status = 'running', owner = %(owner)s, started_at = now(),
    lease_expires_at = now() + make_interval(secs => %(lease_s)s)
FROM next WHERE runs.id = next.id AND runs.status = 'queued'
RETURNING runs.*
"""

LIST_QUEUED: LiteralString = """
SELECT id FROM runs WHERE conversation_id = %(conversation_id)s AND status = 'queued' ORDER BY created_at
"""

# `APPEND_EVENTS` follows.
CANCEL_QUEUED: LiteralString = """
WITH current_run AS (
    UPDATE runs SET status = 'cancelled', finished_at = now(), cancel_requested = true
    WHERE id = %(run_id)s AND conversation_id = %(conversation_id)s AND status = 'queued'
    RETURNING conversation_id
)"""

# Clearing the deadline and beginning the new run are one statement, so that each default is applied once. The
# new run has the principal of the interrupted one. A later question in the conversation supersedes the
# interrupt.
ANSWER_EXPIRED_INTERRUPTS: LiteralString = """
WITH due AS MATERIALIZED (
    SELECT id FROM runs WHERE interrupt_expires_at <= now()
    ORDER BY interrupt_expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
), cleared AS (
    UPDATE runs SET interrupt_expires_at = NULL FROM due WHERE runs.id = due.id RETURNING runs.*
)
INSERT INTO runs
    (id, conversation_id, user_id, question, database, input, status, owner, lease_expires_at, started_at)
SELECT gen_random_uuid(), conversation_id, user_id, question, database,
    json_build_object('interrupt_id', pending_interrupt -> 'id', 'response', pending_interrupt -> 'default',
        'by', 'default', 'principal', input -> 'principal'),
    'running', %(owner)s, now() + make_interval(secs => %(lease_s)s), now()
FROM cleared
WHERE NOT EXISTS (
    SELECT FROM runs AS later
    WHERE later.conversation_id = cleared.conversation_id AND later.created_at > cleared.created_at
)
ON CONFLICT (conversation_id) WHERE status = 'running' DO NOTHING
RETURNING *
"""

# Keeps lifecycle events, questions (of the user and to the user), answers and evidence.
COMPACT_EVENTS: LiteralString = """
WITH due AS MATERIALIZED (
    SELECT id, conversation_id FROM runs
    WHERE finished_at < now() - make_interval(secs => %(older_than_s)s) AND NOT compacted
    ORDER BY finished_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), reduced AS MATERIALIZED (
    SELECT batch.conversation_id, batch.last_seq, json_agg(event ORDER BY position) FILTER (
        WHERE event ->> 1 IN ('lifecycle', 'values', 'input')
            OR event ->> 2 IN ('asked', 'responded', 'evidence')
    ) AS events
    FROM due JOIN event_batches AS batch
        ON batch.conversation_id = due.conversation_id AND batch.run_id = due.id
    CROSS JOIN json_array_elements(batch.events) WITH ORDINALITY AS element (event, position)
    GROUP BY batch.conversation_id, batch.last_seq
), deleted AS (
    DELETE FROM event_batches USING reduced
    WHERE event_batches.conversation_id = reduced.conversation_id
        AND event_batches.last_seq = reduced.last_seq AND reduced.events IS NULL
), updated AS (
    UPDATE event_batches SET events = reduced.events FROM reduced
    WHERE event_batches.conversation_id = reduced.conversation_id
        AND event_batches.last_seq = reduced.last_seq AND reduced.events IS NOT NULL
)
UPDATE runs SET compacted = true FROM due WHERE runs.id = due.id RETURNING runs.id
"""

"""What the page's little server answers: whole turns, in the events of the wire."""

from collections.abc import Sequence
from typing import Any

from tests.fakes_page_talk import ASK, WAIT, Scene, Script

CUSTOMERS = "How many customers are there?"
REVENUE = "What was the revenue by month in 2025?"
TOP = "Top 5 products by revenue"
SLOW = "Take your time"
UNCLEAR = "Show me the best ones"
APPROVE = "List the orders of today"
FAILS = "Ask the model that is down"
MANY = "List all orders"
BOTH = "How many customers are there, and how many products?"
EVIL = "<img src=x onerror=\"document.title='pwned'\">"
LONG = "What do you know about?"

MONTHS = [
    [
        f"2025-{month:02}-01",
        f"{amount:.2f}" if month == 3 else amount,
        orders,
        None if month == 12 else growth,
    ]
    for month, amount, orders, growth in zip(
        range(1, 13),
        [
            41250.5,
            38990.25,
            45110.0,
            47230.75,
            52010.4,
            49875.9,
            51220.1,
            50310.3,
            54990.85,
            58120.6,
            71830.2,
            80415.95,
        ],
        [812, 774, 890, 921, 1004, 967, 985, 990, 1051, 1102, 1376, 1540],
        [0.021, -0.055, 0.157, 0.047, 0.101, -0.041, 0.027, -0.018, 0.093, 0.057, 0.236, 0.12],
        strict=True,
    )
]


def named(name: str, **payload: Any) -> Scene:
    return Scene("custom", {"name": name, "payload": payload})


def step(node: str, ms: float) -> list[Scene]:
    return [
        named("step", node=node, status="started", ms=None),
        named("step", node=node, status="finished", ms=ms),
    ]


def says(*pieces: str) -> list[Scene]:
    start = [
        Scene("messages", {"event": "message-start", "role": "ai", "id": "m"}),
        Scene(
            "messages", {"event": "content-block-start", "index": 0, "content": {"type": "text", "text": ""}}
        ),
    ]
    end = [
        Scene(
            "messages",
            {
                "event": "content-block-finish",
                "index": 0,
                "content": {"type": "text", "text": "".join(pieces)},
            },
        ),
        Scene("messages", {"event": "message-finish"}),
    ]
    return start + [piece(text) for text in pieces] + end


def piece(text: str) -> Scene:
    return Scene(
        "messages",
        {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta", "text": text}},
    )


def rows(
    columns: dict[str, str], values: Sequence[Sequence[Any]], truncated: bool = False, part: int = 1
) -> Scene:
    described = [{"name": name, "kind": kind} for name, kind in columns.items()]
    return named(
        "rows",
        columns=described,
        rows=list(values),
        offset=0,
        final=True,
        truncated=truncated,
        ms=3.2,
        part=part,
    )


def evidence(sql: str | None, **more: Any) -> Scene:
    known: dict[str, Any] = {
        "question": "?",
        "outcome": "answered",
        "reading": "",
        "assumptions": [],
        "tables": [],
        "values": [],
        "row_count": None,
        "truncated": False,
        "rounds": 1,
        "analyst": "built-in",
        "map_version": 1,
    }
    return named("evidence", **(known | more | {"sql": sql}))


def found_and_ran(sql: str, tables: list[str]) -> list[Scene]:
    return [
        *step("analyze", 4.1),
        *step("retrieve", 6.3),
        named("context", question="?", tables=tables, values=[], map_version=1),
        *step("generate", 9.0),
        named("draft", sql=sql, reading="", assumptions=[], confidence=1.0, analyst="built-in", round=1),
        *step("validate", 3.4),
        named("verdict", approved=True, sql=sql, reason=None),
        *step("execute", 12.8),
    ]


COUNT_SQL = "SELECT COUNT(*) AS customers FROM customers"
REVENUE_SQL = (
    "SELECT DATE_TRUNC('month', o.ordered_at) AS month, SUM(l.quantity * l.unit_price) AS revenue, "
    "COUNT(DISTINCT o.id) AS orders FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id "
    "WHERE o.ordered_at >= '2025-01-01' AND "
    "o.ordered_at < '2026-01-01' GROUP BY DATE_TRUNC('month', o.ordered_at) ORDER BY month ASC LIMIT 1001"
)
TOP_SQL = (
    "SELECT p.name, SUM(l.quantity * l.unit_price) AS revenue FROM order_lines AS l "
    "JOIN products AS p ON p.id = l.product_id GROUP BY p.name ORDER BY revenue DESC LIMIT 5"
)
TOP_ROWS = [
    ["Walnut writing desk", 184220.5],
    ["Linen armchair", 151990.0],
    ["Oak bookcase, six shelves", 133408.75],
    ["Brass floor lamp", 98120.2],
    ["Wool rug, 2 × 3 m", 87555.0],
]

SCRIPTS: dict[str, Script] = {
    CUSTOMERS: [
        *found_and_ran(COUNT_SQL, ["customers"]),
        rows({"customers": "integer"}, [[12480]]),
        *says("There are ", "**12,480** customers."),
        evidence(
            COUNT_SQL,
            question=CUSTOMERS,
            reading="The number of customers.",
            tables=["customers"],
            row_count=1,
        ),
        named("suggestions", questions=["How many of them are from Berlin?", "And by month?"]),
    ],
    REVENUE: [
        *found_and_ran(REVENUE_SQL, ["orders", "order_lines"]),
        rows({"month": "timestamp", "revenue": "number", "orders": "integer", "growth": "number"}, MONTHS),
        named("chart", kind="line", spec={}, part=1),
        *says(
            "Revenue in 2025 came to **641,355.80** over twelve months. ",
            "December was the strongest, with 80,415.95.",
        ),
        evidence(
            REVENUE_SQL,
            question="What was the revenue by month from January to December 2025?",
            reading="Revenue is quantity times unit price of the lines, added up for each month of 2025.",
            assumptions=["Cancelled orders are counted too.", "A month is taken in UTC."],
            tables=["orders", "order_lines"],
            values=[{"column": "orders.ordered_at", "value": "2025"}],
            row_count=12,
            votes=2,
            drafts=3,
            confidence=0.67,
        ),
        named("usage", calls=5, input_tokens=9000, output_tokens=400, money=0.0123, models={"m": 5}),
        named(
            "suggestions",
            questions=["And by category?", "What about 2024?", "Which month had the most orders?"],
        ),
    ],
    BOTH: [
        *found_and_ran("SELECT 1", ["customers"]),
        rows({"customers": "integer"}, [[4000]]),
        rows({"products": "integer"}, [[120]], part=2),
        *says("Both."),
    ],
    TOP: [
        *found_and_ran(TOP_SQL, ["order_lines", "products"]),
        rows({"name": "text", "revenue": "number"}, TOP_ROWS),
        *says("The **Walnut writing desk** brought in the most, 184,220.50."),
        evidence(
            TOP_SQL,
            question=TOP,
            reading="Products by their revenue.",
            tables=["products"],
            row_count=5,
            rounds=2,
        ),
        named("suggestions", questions=["And the bottom five?", "Only those from 2025"]),
    ],
    SLOW: [
        *step("analyze", 4.1),
        named("step", node="generate", status="started", ms=None),
        WAIT,
        named("step", node="generate", status="finished", ms=900.0),
        Scene("messages", {"event": "message-start", "role": "ai", "id": "m"}),
        piece("First words, "),
        WAIT,
        piece("then the rest."),
        WAIT,
        Scene("values", {"question": SLOW, "answer": "First words, then the rest.", "sql": None}),
    ],
    UNCLEAR: [
        *step("analyze", 4.1),
        Scene(
            "input.requested",
            {
                "interrupt_id": "i-1",
                "payload": {
                    "kind": "clarify",
                    "question": "The best by what?",
                    "choices": ["Products by revenue", "Customers by orders"],
                },
            },
        ),
        ASK,
        *step("generate", 9.0),
        *says("Here they are."),
        evidence(None, question="Products by revenue", reading="Products by revenue."),
    ],
    APPROVE: [
        *step("analyze", 4.1),
        Scene(
            "input.requested",
            {
                "interrupt_id": "i-2",
                "payload": {
                    "kind": "approve",
                    "sql": "SELECT * FROM orders WHERE ordered_at >= CURRENT_DATE LIMIT 1001",
                    "reason": "Every query is looked at before it runs here.",
                },
            },
        ),
        ASK,
        *says("Done."),
    ],
    FAILS: [
        *step("analyze", 4.1),
        Scene(
            "lifecycle",
            {
                "event": "failed",
                "graph_name": "querent",
                "error": "The language model does not answer.",
                "code": "x",
            },
        ),
    ],
    MANY: [
        *found_and_ran("SELECT id, city, note FROM orders LIMIT 1001", ["orders"]),
        rows(
            {"order_id": "integer", "city": "text", "note": "text"},
            [[number, "Berlin", "=1+1" if number == 1 else 'say "hi", twice'] for number in range(1, 1001)],
            truncated=True,
        ),
        *says("Here are the first 1,000 orders."),
    ],
    EVIL: [
        *found_and_ran("SELECT '<script>alert(1)</script>' AS x", ["<b>t</b>"]),
        rows({"<i>name</i>": "text", "n": "integer"}, [["<img src=x onerror=alert(1)>", 1]]),
        *says("**<img src=x>** [a link](javascript:alert(1)) <script>document.title='pwned'</script>"),
        evidence("SELECT 1", reading="<b>bold</b>", assumptions=["<script>alert(1)</script>"]),
        named("suggestions", questions=["<img src=x onerror=alert(1)>"]),
    ],
    LONG: [
        *step("analyze", 2.0),
        *says(
            "I know a shop with twelve tables:\n\n- **customers** (12,480 rows): who buys\n",
            "- **orders** (31,204 rows): what was bought, and when\n- **products** (612 rows): ",
            "what is sold\n\nAsk about `orders` or any other of them.",
        ),
    ],
}

"""A small shop as a language-model analyst meets it: schema, pages, a task, a story."""

from dataclasses import replace
from datetime import date
from typing import Any

from agent.analyst import Draft, Intent, Memory, Outcome, Setback, Story, Task, Turn
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.search.results import Found, FoundValue, Join, Page
from store.catalog import Catalog, Column, ForeignKey, Table
from store.rows import RowColumn, Rows

TODAY = date(2026, 3, 9)

CUSTOMERS = Table(
    schema="public",
    name="customers",
    columns=(Column("id", "integer", "integer"), Column("city", "text", "text", comment="where they live")),
    primary_key=("id",),
    comment="People who bought something.",
)
CUSTOMER_KEY = ForeignKey(("customer_id",), "public.customers", ("id",))
ORDERS = Table(
    schema="public",
    name="orders",
    columns=(
        Column("id", "integer", "integer"),
        Column("customer_id", "integer", "integer"),
        Column("total", "numeric", "number"),
    ),
    primary_key=("id",),
    foreign_keys=(CUSTOMER_KEY,),
)
SCHEMA = SchemaMap(
    connection="shop",
    version=3,
    catalog=Catalog("postgres", (CUSTOMERS, ORDERS), default_schema="public"),
    notes={"public.orders": Note(description="Purchases, paid or not.")},
)
FOUND = Found(
    version=3,
    pages=(
        Page(
            "public.customers", "public.customers\nPeople who bought something.\n- id\n- city: Berlin, Paris"
        ),
        Page("public.orders", "public.orders\nPurchases, paid or not.\n- id\n- customer_id\n- total"),
    ),
    values=(FoundValue("public.customers", "city", "Berlin", "berlin", 0.95),),
    joins=(Join("public.orders", CUSTOMER_KEY),),
)
MEMORY = Memory(
    turns=(
        Turn(
            question="how many customers?",
            standalone="How many customers are there?",
            reply="There are 12.",
            outcome="answered",
            sql="SELECT count(*) FROM customers",
            shape=("count",),
            row_count=1,
        ),
    ),
    summary="Asked: Which tables are there? – described.",
)
DRAFT = Draft("SELECT count(*) AS customers FROM customers", reading="All customers.", analyst="model")
COUNTED = Rows((RowColumn("customers", "integer"),), ((12,),))


def task(*setbacks: Setback, **changed: Any) -> Task:
    """A question about customers, ready to be drafted."""
    given = Task(
        intent=Intent("data", "How many customers are from Berlin?"),
        memory=MEMORY,
        schema=SCHEMA,
        found=FOUND,
        today=TODAY,
        setbacks=setbacks,
    )
    return replace(given, **changed)


def story(outcome: Outcome = "answered", **changed: Any) -> Story:
    """A question about customers that ended."""
    question = "How many customers are there?"
    given = Story(question, Intent("data", question), outcome, SCHEMA, draft=DRAFT, rows=COUNTED)
    return replace(given, **changed)

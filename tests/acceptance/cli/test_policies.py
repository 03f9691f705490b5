"""CLI tests of access policies."""

import json
from pathlib import Path

from tests.fixtures.cli import Terminal

CATALOG = {
    "tables": [
        {"name": "public.orders", "columns": [{"name": "id", "type": "integer"}, {"name": "region"}]},
        {"name": "public.people", "columns": [{"name": "iban", "tags": ["pii"]}]},
    ]
}
POLICY = """
roles:
  default:
    tables: {hide: people}
    rows: [{tables: orders, where: "region IN (:claim.region)"}]
"""


def check(terminal: Terminal, sql: str, *claims: str, policy: str = POLICY) -> tuple[int, str, str]:
    Path(terminal.folder, "catalog.json").write_text(json.dumps(CATALOG))
    Path(terminal.folder, "policy.yaml").write_text(policy)
    arguments = [word for claim in claims for word in ("--claim", claim)]
    files = ("--catalog", "catalog.json", "--policy", "policy.yaml")
    result = terminal.type("guard", "check", *files, *arguments, stdin=sql)
    return result.code, result.out, result.err


def test_rules_are_in_what_the_guard_approves(terminal: Terminal) -> None:
    code, out, _ = check(terminal, "SELECT id FROM orders\nSELECT * FROM people\n", "region=EU", "region=US")
    ruled, hidden = map(json.loads, out.splitlines())
    assert code == 0
    assert 'WHERE ("orders".region IN ($1, $2)) OFFSET 0' in ruled["sql"]
    assert [each["value"] for each in ruled["parameters"]] == ["EU", "US"]
    assert ruled["asked"] == "SELECT id FROM public.orders"
    assert hidden["class"] == "unknown_table"


def test_without_the_claim_the_table_is_closed(terminal: Terminal) -> None:
    _, out, _ = check(terminal, "SELECT id FROM orders")
    assert json.loads(out)["class"] == "missing_claim"


def test_a_policy_that_is_none_is_told_by_the_line(terminal: Terminal) -> None:
    code, _, err = check(terminal, "SELECT 1", policy="roles:\n  default:\n    tabels: [x]\n")
    assert code == 2
    assert "policy.yaml, line 3: roles.default.tabels" in err


def test_a_claim_that_is_none_is_told(terminal: Terminal) -> None:
    code, _, err = check(terminal, "SELECT 1", "region")
    assert code == 2
    assert "name=value" in err


CATS = (
    "roles: {default: {rows: [{tables: pets, where: species = :claim.kind}], columns: {hide: [pets.age]}}}\n"
)


def test_a_policy_holds_for_the_next_question(terminal_with_store: Terminal) -> None:
    Path(terminal_with_store.folder, "cats.yaml").write_text(CATS)
    terminal_with_store.settings["QUERENT_CLAIMS"] = '{"kind": "cat"}'
    assert terminal_with_store.type("connections", "add", "pets", "sqlite:///pets.sqlite").code == 0
    assert terminal_with_store.type("policy", "set", "pets", "cats.yaml").code == 0
    assert terminal_with_store.type("policy", "show", "pets").out == CATS
    few = terminal_with_store.type("ask", "How many pets are there?", "--json").json
    assert (few["rows"], "species" in few["sql"], bool(few["evidence"]["policy"])) == ([[2]], False, True)
    assert terminal_with_store.type("policy", "drop", "pets", "--yes").code == 0
    assert terminal_with_store.type("ask", "How many pets are there?", "--json").json["rows"] == [[4]]
    assert terminal_with_store.type("policy", "show", "pets").code == 2


def test_a_policy_that_does_not_work_is_not_kept_unless_it_is_meant(terminal_with_store: Terminal) -> None:
    Path(terminal_with_store.folder, "slip.yaml").write_text("roles: {default: {tables: [pest]}}\n")
    terminal_with_store.type("connections", "add", "pets", "sqlite:///pets.sqlite")
    slip = terminal_with_store.type("policy", "set", "pets", "slip.yaml")
    assert (slip.code, "'pest' matches no table" in slip.err) == (2, True)
    assert terminal_with_store.type("policy", "check", "pets", "slip.yaml", "--json").code == 1
    assert terminal_with_store.type("policy", "show", "pets").code == 2
    assert terminal_with_store.type("policy", "set", "pets", "slip.yaml", "--force").code == 0

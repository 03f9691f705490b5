"""Everyday schemas with unusual names: prefixed, joined in camels, cut short."""

from datetime import date

import pytest

from agent.builtin.confidence import THRESHOLD
from agent.builtin.grammar.interpret import InterpretRequest, interpret
from agent.builtin.schema.model import Schema
from tests.fixtures.nlg_cases import schema_of, table

LIBRARY = schema_of(
    table("tblBook", "id:i! BookTitle:t! PubYear:i Genre:t AuthorNo:i", AuthorNo="tblAuthor"),
    table("tblAuthor", "id:i! AuthorName:t! Nationality:t"),
    table("tblMember", "id:i! FirstName:t LastName:t JoinedOn:d"),
    table("tblLoan", "id:i! BookNo:i! MemberNo:i! LoanDate:d!", BookNo="tblBook", MemberNo="tblMember"),
)
HOSPITAL = schema_of(
    table("pat", "id:i! nm:t! dob:d ward_id:i", ward_id="wards"),
    table("wards", "id:i! ward_nm:t! num_beds:i flr:i"),
    table("appts", "id:i! pat_id:i! appt_dt:s! fee_amt:n", pat_id="pat"),
)
STAFF = schema_of(
    table("Personnel", "id:i! GivenName:t FamilyName:t AnnualPay:n StartedOn:d UnitId:i", UnitId="OrgUnits"),
    table("OrgUnits", "id:i! UnitName:t! Budget:n City:t"),
    table("LeaveRequests", "id:i! PersonnelId:i! Days:i! Approved:b", PersonnelId="Personnel"),
)


@pytest.mark.parametrize(
    ("schema", "question", "parts"),
    [
        (LIBRARY, "List the titles of books published after 2000", ('"BookTitle"', '"PubYear" >= 2001')),
        (LIBRARY, "Which authors have written more than 3 books?", ('"AuthorName"', "HAVING COUNT(*) > 3")),
        (LIBRARY, "Which books were never loaned?", ("NOT id IN", '"tblLoan"')),
        (LIBRARY, "Names of members sorted by last name", ('"FirstName", "LastName"', 'BY "LastName"')),
        (HOSPITAL, "How many patients are there per ward?", ("ward_nm, COUNT(*)", "JOIN wards")),
        (HOSPITAL, "Which ward has the most beds?", ("SELECT ward_nm", "ORDER BY num_beds DESC")),
        (HOSPITAL, "List the names of the patients who have no appointments", ("SELECT nm", "NOT id IN")),
        (HOSPITAL, "How many appointments were there in 2025?", ("appt_dt >= '2025-01-01'",)),
        (STAFF, "Which unit has the highest budget?", ('SELECT "UnitName"', 'BY "Budget" DESC')),
        (STAFF, "Who started in 2024?", ('"GivenName", "FamilyName"', "\"StartedOn\" >= '2024-01-01'")),
        (STAFF, "How many leave requests were approved?", ("COUNT(*)", '"Approved" = TRUE')),
        (STAFF, "List the personnel who have taken more than 10 days", ('"Days" > 10', '"FamilyName"')),
    ],
)
def test_unusual_names_are_understood(schema: Schema, question: str, parts: tuple[str, ...]) -> None:
    draft = interpret(InterpretRequest(question, schema, (), date(2026, 11, 21)))
    assert draft.sql is not None
    assert draft.unplaced == ()
    assert [part for part in parts if part not in draft.sql] == []
    assert draft.confidence >= THRESHOLD

"""The row schemas: good rows pass, a row with one wrong field is rejected for that field and reason, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from checks.schemas import ROW_SCHEMAS
from checks.schemas.attendance import AttendanceSchema
from checks.schemas.payer_policy import RULE_VALUES
from checks.schemas.rejecting import REASONS, RowSchema
from claims_audit.coded import coded
from claims_audit.model import (
    CLAIM_LINE_REQUIRED,
    DIAGNOSIS_COLUMNS,
    MODIFIER_COLUMNS,
    TABLE_COLUMNS,
    TABLE_REQUIRED,
)
from claims_audit.rejecting import RowFault

Row = dict[str, str]

PAYER = {"payer_id": "ACME", "payer_name": "Acme Health"}
POLICY = {
    "policy_id": "acme-max",
    "payer_id": "ACME",
    "procedure_code": "90853",
    "rule_key": "max_size",
    "rule_value": "8",
    "source_title": "Acme provider manual 2024, page 12",
    "source_kind": "official",
    "is_verified": "true",
}


def faults(table: str, *rows: Mapping[str, str | None]) -> list[RowFault]:
    schema = ROW_SCHEMAS[table]
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype="str") for name in schema.columns})
    found = schema.faults(frame)
    if table in TABLE_COLUMNS:
        # The load asks by distinct values; it has to be told the same, the second time as well.
        columns = {name: coded([row.get(name) for row in rows]) for name in schema.columns}
        assert sorted(schema.faults_of_columns(columns)) == sorted(found)
        assert sorted(schema.faults_of_columns(columns)) == sorted(found)
    return found


def base(table: str, claim: Callable[..., Row], attended: Callable[..., Row]) -> Mapping[str, str]:
    return {"claim_line": claim(), "attendance": attended(), "payer": PAYER, "payer_policy": POLICY}[table]


CLAIM_GOOD: list[dict[str, str | None]] = [
    {},
    {"claim_frequency_code": "1"},
    {"claim_frequency_code": "7", "payer_claim_control_number": "ICN 42/7"},
    {"claim_frequency_code": "8"},
    {"claim_line_number": "50"},
    {"claim_line_number": "0007"},
    {"payer_name": "Caisse d'Assurance Santé"},
    {"date_of_service": "2024-02-29"},
    {"date_of_service": "1998-12-31"},
    {"date_of_service_through": "2024-03-04"},
    {"date_of_service_through": "2024-03-09"},
    {"received_date": "2024-03-01"},
    {"procedure_code": "G0410"},
    {"procedure_code": "0373T"},
    {"modifier_1": "59", "modifier_2": "HQ", "modifier_3": "95", "modifier_4": "U1"},
    {"service_units": "120"},
    {"service_units": "0.5"},
    {"service_units": "1.000"},
    {"service_units": "2."},
    {"service_units": ".25"},
    {"unit_basis_code": "UN"},
    {"unit_basis_code": "MJ"},
    {"charge_amount": "0"},
    {"charge_amount": "-40.25"},
    {"charge_amount": "-40.25", "service_units": "-1"},
    {"charge_amount": "0.00"},
    {"charge_amount": "9999999999.99"},
    {"charge_amount": ".5"},
    {"charge_amount": "7."},
    {"allowed_amount": "27.63", "paid_amount": "0"},
    {"paid_amount": "-27.63"},
    {"diagnosis_code_1": "F3181", "diagnosis_code_12": "Z63"},
    {"diagnosis_code_1": "30981"},
    {"billing_provider_npi": "1234567890"},  # the check digit is a warning, not a reason to reject
    {"session_start_at": "2024-03-04 09:00", "session_end_at": "2024-03-04 09:00:30"},
    {"session_start_at": "2024-03-04 23:00", "session_end_at": "2024-03-05 00:15"},
]

CLAIM_BAD: list[tuple[str, str | None, str]] = [
    *[(column, None, "missing") for column in CLAIM_LINE_REQUIRED],
    ("patient_control_number", "A\tB", "not_text"),
    ("member_id", "M" * 81, "not_text"),
    ("payer_id", "A\x7fB", "not_text"),
    ("session_id", "\x1b[31m", "not_text"),
    ("claim_line_number", "0", "not_a_line_number"),
    ("claim_line_number", "-1", "not_a_line_number"),
    ("claim_line_number", "1.5", "not_a_line_number"),
    ("claim_line_number", "10000", "not_a_line_number"),
    ("claim_line_number", "\u0661", "not_a_line_number"),
    ("claim_frequency_code", "X", "unknown_frequency_code"),
    ("claim_frequency_code", "17", "unknown_frequency_code"),
    *[
        (column, value, "npi_not_ten_digits")
        for column in ("billing_provider_npi", "rendering_provider_npi", "supervising_provider_npi")
        for value in ("123456789", "12345678901", "12345A7893")
    ],
    ("rendering_provider_npi", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0663", "npi_not_ten_digits"),
    ("place_of_service_code", "1", "not_two_digits"),
    ("place_of_service_code", "111", "not_two_digits"),
    ("place_of_service_code", "1A", "not_two_digits"),
    ("date_of_service", "2024-02-30", "not_a_date"),
    ("date_of_service", "2023-02-29", "not_a_date"),
    ("date_of_service", "03/04/2024", "not_a_date"),
    ("date_of_service", "20240304", "not_a_date"),
    ("date_of_service", "2024-3-4", "not_a_date"),
    ("date_of_service", "2024-03-04 00:00:00", "not_a_date"),
    ("date_of_service", "1024-03-04", "not_a_date"),
    ("date_of_service_through", "2024-13-01", "not_a_date"),
    ("received_date", "tomorrow", "not_a_date"),
    ("session_start_at", "2024-03-04", "not_a_timestamp"),
    ("session_start_at", "2024-03-04 24:00", "not_a_timestamp"),
    ("session_end_at", "2024-03-04 9:00", "not_a_timestamp"),
    ("session_end_at", "2024-02-30 09:00", "not_a_timestamp"),
    ("procedure_code", "9085", "not_a_procedure_code"),
    ("procedure_code", "908533", "not_a_procedure_code"),
    ("procedure_code", "9085-", "not_a_procedure_code"),
    *[(column, value, "not_a_modifier") for column in MODIFIER_COLUMNS for value in ("5", "599", "5-")],
    ("service_units", "0", "not_units"),
    ("service_units", "0.000", "not_units"),
    ("service_units", "-1", "negative_units"),
    ("service_units", "1.0001", "not_units"),
    ("service_units", "one", "not_units"),
    ("service_units", "1e2", "not_units"),
    ("unit_basis_code", "F2", "unknown_unit_basis"),
    ("charge_amount", "$40.25", "not_money"),
    ("charge_amount", "1,000.00", "not_money"),
    ("charge_amount", "40.255", "not_money"),
    ("charge_amount", "99999999999", "not_money"),
    ("charge_amount", ".", "not_money"),
    ("charge_amount", "nan", "not_money"),
    ("charge_amount", "\u0664\u0660", "not_money"),
    ("allowed_amount", "n/a", "not_money"),
    ("paid_amount", "1.234", "not_money"),
    *[(column, "F4", "not_a_diagnosis_code") for column in DIAGNOSIS_COLUMNS],
    ("diagnosis_code_1", "F10-20", "not_a_diagnosis_code"),
    ("diagnosis_code_1", "F1020ABC", "not_a_diagnosis_code"),
]  # fmt: skip

ATTENDANCE_GOOD: list[dict[str, str | None]] = [
    {},
    *[{"attendance_status": status} for status in ("no_show", "late_cancel", "cancelled", "observer")],
    {"facilitator_npis": "1234567893;2100000001"},
    {"documented_group_size": "0"},
    {"documented_group_size": "12", "group_focus": "early recovery", "family_id": "F1"},
    {"session_end_at": "2024-03-04 10:30:00", "note_signed_at": "2024-03-06 08:00", "place_of_service_code": "02"},
]

ATTENDANCE_BAD: list[tuple[str, str | None, str]] = [
    *[(column, None, "missing") for column in TABLE_REQUIRED["attendance"]],
    ("session_id", "S\n1", "not_text"),
    ("group_focus", "x" * 81, "not_text"),
    ("session_start_at", "2024-03-04", "not_a_timestamp"),
    ("session_end_at", "2024-03-04 25:00", "not_a_timestamp"),
    ("note_signed_at", "2024-03-32 10:00", "not_a_timestamp"),
    ("attendance_status", "present", "unknown_attendance_status"),
    ("facilitator_npis", "123456789", "npi_not_ten_digits"),
    ("facilitator_npis", "1234567893,1234567893", "npi_not_ten_digits"),
    ("facilitator_npis", "1234567893;", "npi_not_ten_digits"),
    ("place_of_service_code", "office", "not_two_digits"),
    ("documented_group_size", "1000", "not_a_group_size"),
    ("documented_group_size", "-3", "not_a_group_size"),
    ("documented_group_size", "8.0", "not_a_group_size"),
]

POLICY_GOOD: list[dict[str, str | None]] = [
    {},
    {"payer_id": None, "program": "medicaid", "state": "CT"},
    {"eff_from": "2024-01-01", "eff_to": "2024-12-31"},
    {"eff_from": "2024-01-01", "eff_to": "2024-01-01"},
    *[
        {"rule_key": key, "rule_value": value}
        for key, value in (
            ("min_size", "2"),
            ("max_size_two_facilitators", "12"),
            ("distinct_mod_line", "either"),
            ("family_code_semantics", "cpt"),
            ("max_units_day", "4"),
            ("repeat_modifier_accepted", "false"),
            ("coverage", "auth_required"),
            ("separately_paid", "true"),
        )
    ],
    *[{"source_kind": kind} for kind in ("seed", "secondary", "general_knowledge")],
]

POLICY_BAD: list[tuple[str, str | None, str]] = [
    *[(column, None, "missing") for column in ("policy_id", "rule_key", "source_title", "source_kind", "is_verified")],
    ("eff_from", "01/01/2024", "not_a_date"),
    ("eff_to", "2024-02-30", "not_a_date"),
    ("verified_on", "yes", "not_a_date"),
    ("rule_key", "maximum", "unknown_rule_key"),
    ("source_kind", "rumour", "unknown_source_kind"),
    ("is_verified", "yes", "not_a_truth_value"),
]

GOOD = {
    "claim_line": CLAIM_GOOD,
    "attendance": ATTENDANCE_GOOD,
    "payer": [{}, {"program": "medicaid", "state": "CT"}, {"product": "PPO"}],
    "payer_policy": POLICY_GOOD,
}
BAD = {
    "claim_line": CLAIM_BAD,
    "attendance": ATTENDANCE_BAD,
    "payer": [("payer_id", None, "missing"), ("payer_name", None, "missing"), ("state", "\n", "not_text")],
    "payer_policy": POLICY_BAD,
}


Judged = dict[str, list[list[RowFault]]]


@pytest.fixture(scope="module")
def judged() -> Callable[[str, list[dict[str, Any]]], list[list[RowFault]]]:
    """The faults of each row; all rows of a table are judged in one go, as the intake does it."""
    seen: Judged = {}

    def judge(table: str, rows: list[dict[str, Any]]) -> list[list[RowFault]]:
        key = f"{table}{rows}"
        if key not in seen:
            seen[key] = [[] for _ in rows]
            for fault in faults(table, *rows):
                seen[key][fault.row].append(fault)
        return seen[key]

    return judge


def rows_of(table: str, changes: list[dict[str, Any]], good: Mapping[str, str]) -> list[dict[str, Any]]:
    key = {"payer": "payer_id", "payer_policy": "policy_id"}.get(table)
    return [{**good, **({key: f"key-{at}"} if key else {}), **change} for at, change in enumerate(changes)]


@pytest.mark.parametrize(("table", "at"), [(table, at) for table, rows in GOOD.items() for at in range(len(rows))])
def test_good_rows_pass(
    table: str, at: int, judged: Any, claim: Callable[..., Row], attended: Callable[..., Row]
) -> None:
    rows = rows_of(table, GOOD[table], base(table, claim, attended))
    assert judged(table, rows)[at] == []


@pytest.mark.parametrize(
    ("table", "at"),
    [
        pytest.param(table, at, id=f"{table}-{case[0]}-{case[2]}-{at}")
        for table, cases in BAD.items()
        for at, case in enumerate(cases)
    ],
)
def test_one_wrong_field_is_one_reason(
    table: str, at: int, judged: Any, claim: Callable[..., Row], attended: Callable[..., Row]
) -> None:
    rows = rows_of(table, [{column: value} for column, value, _ in BAD[table]], base(table, claim, attended))
    column, _, code = BAD[table][at]
    found = judged(table, rows)[at]
    found = [fault for fault in found if fault.reason_code != "not_a_rule_value" or column == "rule_value"]
    assert [(fault.row, fault.column, fault.reason_code) for fault in found] == [(at, column, code)]
    assert found[0].reason == REASONS[code]


@pytest.mark.parametrize("key", RULE_VALUES)
def test_a_rule_value_must_fit_its_key(key: str) -> None:
    (fault,) = {
        fault.reason_code for fault in faults("payer_policy", {**POLICY, "rule_key": key, "rule_value": "some"})
    }
    assert fault == "not_a_rule_value"


def test_a_policy_row_must_speak_of_somebody() -> None:
    found = {fault.reason_code for fault in faults("payer_policy", {**POLICY, "payer_id": None})}
    assert found == {"no_payer_or_program"}


@pytest.mark.parametrize(
    ("table", "row", "key"),
    [("payer", PAYER, "payer_id"), ("payer_policy", POLICY, "policy_id")],
)
def test_a_key_may_come_once(table: str, row: Row, key: str) -> None:
    found = faults(table, row, {**row, key: "other"}, row)
    assert {(fault.column, fault.reason_code) for fault in found} == {(key, "repeated")}
    assert {fault.reason for fault in found} == {REASONS["repeated"]}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("claim_line", {"date_of_service_through": "2024-03-03"}),
        ("claim_line", {"session_start_at": "2024-03-04 10:00", "session_end_at": "2024-03-04 09:59:59"}),
        ("attendance", {"session_end_at": "2024-03-04 08:59"}),
        ("payer_policy", {"eff_from": "2024-02-01", "eff_to": "2024-01-31"}),
    ],
)
def test_what_ends_before_it_starts_is_one_fault_of_the_row(
    table: str, change: Row, claim: Callable[..., Row], attended: Callable[..., Row]
) -> None:
    found = faults(table, {**base(table, claim, attended), **change})
    assert [(fault.column, fault.reason_code) for fault in found] == [("", "ends_before_start")]


def test_all_faults_of_all_rows_come_together(claim: Callable[..., Row]) -> None:
    rows = [claim(), claim(charge_amount="x", service_units="0"), claim(), claim(procedure_code="?")]
    found = {(fault.row, fault.column, fault.reason_code) for fault in faults("claim_line", *rows)}
    assert found == {
        (1, "charge_amount", "not_money"),
        (1, "service_units", "not_units"),
        (3, "procedure_code", "not_a_procedure_code"),
    }


def test_no_reason_tells_a_value(claim: Callable[..., Row], attended: Callable[..., Row]) -> None:
    bad = "SENTINEL7\n"
    claims = [claim(**{column: bad}) for column in TABLE_COLUMNS["claim_line"]]
    rosters = [attended(**{column: bad}) for column in TABLE_COLUMNS["attendance"]]
    found = faults("claim_line", *claims) + faults("attendance", *rosters)
    assert {fault.row for fault in faults("claim_line", *claims)} == set(range(len(claims)))
    assert "SENTINEL" not in repr(found)


def test_every_reason_has_its_words() -> None:
    codes = {code for cases in BAD.values() for _, _, code in cases}
    assert codes <= set(REASONS)


def test_rules_over_a_row_are_never_left_out_in_silence() -> None:
    schema = RowSchema(AttendanceSchema)
    columns = {name: coded([None]) for name in schema.columns}
    with pytest.raises(ValueError, match="name the columns that they compare"):
        schema.faults_of_columns(columns)

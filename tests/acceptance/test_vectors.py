"""The golden cases of the rule catalogue that concern these checks, from files in the inbox to findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.findings.finding import CheckStatus
from claims_audit.warehouse.database import open_scratch

pytestmark = pytest.mark.slow

CLINICIAN, PRACTICE = "1234567893", "1999999984"
CLAIM_LINE = {
    "claim_line_number": "1",
    "payer_id": "OURPLAN",
    "member_id": "M1",
    "billing_provider_npi": PRACTICE,
    "rendering_provider_npi": CLINICIAN,
    "place_of_service_code": "11",
    "date_of_service": "2025-03-04",
    "procedure_code": "90853",
    "service_units": "1",
    "charge_amount": "60.00",
    "paid_amount": "27.63",
    "diagnosis_code_1": "F331",
}
# Members of a group have diagnoses of their own.
DIAGNOSES = ("F331", "F411", "F4310", "F3181", "F1020", "F4001", "F422")
ATTENDANCE = {
    "session_id": "S1",
    "session_start_at": "2025-03-04 10:00",
    "attendance_status": "attended",
    "facilitator_npis": CLINICIAN,
}

Row = dict[str, str]
# What an auditor compares: the check, the lines, the verdict, how sure, the dollars.
Told = tuple[str, str, str, str, str]
Audit = Callable[..., CheckRun]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog()


@pytest.fixture
def audit(desk: Any, catalog: Catalog) -> Audit:
    """Loads claim lines and attendance as the CSV files that a practice would deliver, and runs every check."""

    def run(
        *claim_lines: Row, attendance: list[Row] | None = None, data_view: str = "provider", without: str = ""
    ) -> CheckRun:
        files = {"claims.csv": [CLAIM_LINE | line for line in claim_lines]}
        if attendance:
            files["attendance.csv"] = [ATTENDANCE | row for row in attendance]
        for name, rows in files.items():
            report = desk.deliver(name, rows)
            assert (report.status, report.lines["quarantined"]) == ("loaded", 0)
        desk.con.execute("delete from payer_policy where policy_id = $policy", {"policy": without})
        desk.con.execute("update audit_setting set data_view = $view", {"view": data_view})
        desk.con.close()
        with open_scratch(desk.home, desk.settings) as con:
            found = run_checks(con, catalog)
        assert not [result for result in found.results if result.status is CheckStatus.ERRORED]
        return found

    return run


def told(run: CheckRun) -> list[Told]:
    return sorted(
        (
            finding.check_id,
            ";".join(f"{line.patient_control_number}:{line.claim_line_number}" for line in finding.lines),
            finding.verdict,
            finding.certainty,
            str(finding.exposure_amount),
        )
        for finding in run.findings
    )


def group(size: int, **columns: str) -> list[Row]:
    """One claim line for each of so many members of a group."""
    return [
        {
            "patient_control_number": f"A{n:02}",
            "member_id": f"M{n:02}",
            "diagnosis_code_1": DIAGNOSES[n % len(DIAGNOSES)],
        }
        | columns
        for n in range(1, size + 1)
    ]


def roster(size: int) -> list[Row]:
    return [{"member_id": f"M{n:02}"} for n in range(1, size + 1)]


def numbers(size: int) -> str:
    return ";".join(f"A{n:02}:1" for n in range(1, size + 1))


def same_day(day: str, second: str, modifier_on: str, payer: str = "MEDICARE", other: str = "90834") -> list[Row]:
    """A group and another session of one person and day; `second` is the code of the later one."""
    return [
        {
            "patient_control_number": {"90853": "GROUP"}.get(code, "OTHER"),
            "payer_id": payer,
            "date_of_service": day,
            "procedure_code": code,
            "modifier_1": "59" if code == modifier_on else "",
            "charge_amount": "200.00",
            "paid_amount": paid,
            "session_start_at": f"{day} 11:00" if code == second else f"{day} 10:00",
        }
        for code, paid in (("90853", "27.63"), (other, "103.19"))
    ]


def only(run: CheckRun, *check_ids: str) -> list[Told]:
    return [finding for finding in told(run) if finding[0] in check_ids]


MODIFIER_CHECKS = ("missing_distinct_modifier", "distinct_modifier_on_wrong_line", "group_and_family_same_day")


def test_eleven_attendees_at_medicare_which_allows_twelve_are_an_advisory(audit: Audit) -> None:
    run = audit(*group(11, payer_id="MEDICARE"), attendance=roster(11))
    assert told(run) == [("oversized_group", numbers(11), "violates_seed_only", "C2", "0.00")]
    assert run.findings[0].policy_id == "seed-90853-max"


def test_thirteen_attendees_at_medicare_are_a_violation(audit: Audit) -> None:
    run = audit(*group(13, payer_id="MEDICARE"), attendance=roster(13))
    assert told(run) == [("oversized_group", numbers(13), "violates_payer", "C2", "27.63")]
    assert run.findings[0].policy_id == "medicare-90853-max"


def test_eleven_attendees_without_a_payer_row_violate_the_default(audit: Audit) -> None:
    run = audit(*group(11), attendance=roster(11))
    assert told(run) == [("oversized_group", numbers(11), "no_policy", "C2", "27.63")]
    assert str(run.findings[0].exposure_ceiling_amount) == "303.93"


def test_two_attendees_on_a_roster_are_too_few(audit: Audit) -> None:
    run = audit(*group(2), attendance=roster(2))
    assert told(run) == [("undersized_group", numbers(2), "no_policy", "C2", "55.26")]


def test_a_payer_who_sees_one_of_two_members_says_nothing(audit: Audit) -> None:
    run = audit(*group(1), data_view="payer")
    assert told(run) == []
    status = {result.check_id: result.status for result in run.results}
    assert status["undersized_group"] is CheckStatus.NOT_CHECKED


def test_a_payer_with_a_roster_sees_both(audit: Audit) -> None:
    run = audit(*group(1), attendance=roster(2), data_view="payer")
    assert told(run) == [("undersized_group", numbers(1), "no_policy", "C2", "27.63")]


def test_twenty_patients_of_one_day_without_clock_are_a_lead(audit: Audit) -> None:
    run = audit(*group(20))
    assert told(run) == [("oversized_group", numbers(20), "no_policy", "C4", "276.30")]
    assert run.findings[0].direction == "lead"
    assert '"min_sessions":2' in run.findings[0].evidence


@pytest.mark.parametrize("day", ["2014-10-01", "2016-05-04", "2019-07-01", "2024-05-07", "2025-03-04"])
def test_59_on_the_individual_line_passes_every_era_and_the_default_where_it_was_second(audit: Audit, day: str) -> None:
    assert only(audit(*same_day(day, second="90834", modifier_on="90834")), *MODIFIER_CHECKS) == []


@pytest.mark.parametrize("day", ["2014-10-01", "2016-05-04", "2019-07-01", "2024-05-07"])
def test_59_on_the_individual_line_is_an_advisory_where_the_group_was_second(audit: Audit, day: str) -> None:
    assert only(audit(*same_day(day, second="90853", modifier_on="90834")), *MODIFIER_CHECKS) == [
        ("distinct_modifier_on_wrong_line", "GROUP:1;OTHER:1", "violates_seed_only", "C1", "0.00")
    ]


@pytest.mark.parametrize(
    ("day", "second", "expected"),
    [
        # Until 2014-09-30 the group code was column two; what the default says depends on which session was second.
        ("2014-09-15", "90853", []),
        ("2014-09-15", "90834", [("violates_seed_only", "0.00")]),
        # Then the individual code was.
        ("2016-05-04", "90853", [("violates_payer", "103.19")]),
        ("2016-05-04", "90834", [("violates_payer", "103.19")]),
        # Since 2019-07-01 either line will do.
        ("2024-05-07", "90853", []),
        ("2024-05-07", "90834", [("violates_seed_only", "0.00")]),
    ],
)
def test_59_on_the_group_line_at_medicare(audit: Audit, day: str, second: str, expected: list[tuple[str, str]]) -> None:
    found = only(audit(*same_day(day, second, modifier_on="90853")), *MODIFIER_CHECKS)
    assert found == [
        ("distinct_modifier_on_wrong_line", "GROUP:1;OTHER:1", verdict, "C1", exposure)
        for verdict, exposure in expected
    ]


@pytest.mark.parametrize(
    ("day", "exposure"), [("2014-09-15", "27.63"), ("2016-05-04", "103.19"), ("2024-05-07", "103.19")]
)
def test_no_modifier_at_all_fails_in_every_era(audit: Audit, day: str, exposure: str) -> None:
    assert only(audit(*same_day(day, second="90834", modifier_on="")), *MODIFIER_CHECKS) == [
        ("missing_distinct_modifier", "GROUP:1;OTHER:1", "violates_payer", "C1", exposure)
    ]


def test_texas_takes_59_on_the_family_line(audit: Audit) -> None:
    run = audit(*same_day("2025-03-04", second="90847", modifier_on="90847", payer="TXMCD", other="90847"))
    assert only(run, *MODIFIER_CHECKS) == []


def test_a_replacement_of_eight_units_by_one_leaves_the_old_version_alone(audit: Audit) -> None:
    claim = {"patient_control_number": "A", "received_date": "2025-03-10"}
    run = audit(
        claim | {"service_units": "8", "charge_amount": "480.00", "paid_amount": "221.04"},
        claim | {"claim_frequency_code": "7", "received_date": "2025-04-10"},
        *group(2),
        attendance=[{"member_id": "M1"}, *roster(2)],
    )
    assert told(run) == []


def test_a_void_leaves_nothing_to_find(audit: Audit) -> None:
    lines = group(2)
    voids = [line | {"claim_frequency_code": "8"} for line in lines]
    assert told(audit(*lines, *voids, attendance=roster(2))) == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [("22", ("violates_seed_only", "0.00")), ("11", ("violates_payer", "27.63"))],
    ids=["hospital outpatient", "practitioner"],
)
def test_two_sessions_a_day_at_medicare(audit: Audit, place: str, expected: tuple[str, str]) -> None:
    lines = [
        {
            "patient_control_number": number,
            "payer_id": "MEDICARE",
            "place_of_service_code": place,
            "session_start_at": f"2025-03-04 {start}",
        }
        for number, start in (("A", "10:00"), ("B", "14:00"))
    ]
    verdict, exposure = expected
    assert only(audit(*lines), "same_code_twice_in_day", "exact_duplicate_line") == [
        ("same_code_twice_in_day", "A:1;B:1", verdict, "C1", exposure)
    ]


def test_a_night_is_the_same_whichever_file_comes_first(audit: Audit) -> None:
    """The replacement stands before its original in the file, as a late file does."""
    claim = {"patient_control_number": "A"}
    run = audit(
        claim | {"claim_frequency_code": "7", "modifier_1": "76"},
        claim,
        {"patient_control_number": "B", "session_start_at": "2025-03-04 14:00"},
    )
    assert only(run, "same_code_twice_in_day") == []


def status_of(run: CheckRun, check_id: str) -> CheckStatus:
    return next(result.status for result in run.results if result.check_id == check_id)


def one_day(*codes: str, payer: str = "MEDICARE", modifiers: str = "", day: str = "2024-08-06") -> list[Row]:
    """Lines of one person, day and claim, one for each code; the modifiers go on the last."""
    return [
        {
            "patient_control_number": "A",
            "claim_line_number": str(number),
            "payer_id": payer,
            "date_of_service": day,
            "procedure_code": code,
            "modifier_1": modifiers if number == len(codes) else "",
            "charge_amount": "200.00",
        }
        for number, code in enumerate(codes, 1)
    ]


ADD_ON_CHECKS = ("add_on_without_primary", "add_on_with_family_or_crisis")


def test_an_evaluation_is_never_paid_beside_a_group_whatever_the_modifier(audit: Audit) -> None:
    run = audit(*one_day("90791", "90853", modifiers="59"))
    assert only(run, "codes_never_together") == [("codes_never_together", "A:1;A:2", "violates_payer", "C1", "27.63")]


def test_interactive_complexity_with_a_family_session_alone_has_no_primary(audit: Audit) -> None:
    run = audit(*one_day("90847", "90785"))
    assert only(run, *ADD_ON_CHECKS) == [
        ("add_on_with_family_or_crisis", "A:2", "violates_payer", "C1", "27.63"),
        ("add_on_without_primary", "A:2", "violates_payer", "C1", "27.63"),
    ]


def test_interactive_complexity_with_a_group_passes(audit: Audit) -> None:
    assert only(audit(*one_day("90853", "90785")), *ADD_ON_CHECKS) == []


@pytest.mark.parametrize(("place", "expected"), [("22", []), ("11", ["27.63"])], ids=["outpatient hospital", "office"])
def test_two_units_of_a_day_at_medicare(audit: Audit, place: str, expected: list[str]) -> None:
    line = {"patient_control_number": "A", "payer_id": "MEDICARE", "place_of_service_code": place}
    run = audit(line | {"service_units": "2", "paid_amount": "55.26", "date_of_service": "2024-08-06"})
    assert [exposure for *_, exposure in only(run, "units_over_limit")] == expected


@pytest.mark.parametrize(("focus", "expected"), [("", ["C4"]), ("SUD", [])], ids=["any group", "substance use"])
def test_one_diagnosis_for_a_whole_group(audit: Audit, focus: str, expected: list[str]) -> None:
    others = [
        {
            "patient_control_number": f"B{n:02}",
            "member_id": f"N{n:02}",
            "date_of_service": f"2025-03-{n:02}",
            "procedure_code": "90834",
            "diagnosis_code_1": "F331",
        }
        for n in range(10, 26)
    ]
    run = audit(
        *group(8, diagnosis_code_1="F1020"), *others, attendance=[row | {"group_focus": focus} for row in roster(8)]
    )
    assert [certainty for _, _, _, certainty, _ in only(run, "cloned_diagnoses")] == expected


@pytest.mark.parametrize(
    ("without", "expected"),
    [("", CheckStatus.FOUND), ("medicare-90849-coverage", CheckStatus.NOT_CHECKED)],
    ids=["with its row", "without"],
)
def test_90849_at_medicare_is_never_clear_for_want_of_a_policy(
    audit: Audit, without: str, expected: CheckStatus
) -> None:
    run = audit(*one_day("90849"), without=without)
    assert status_of(run, "code_not_covered") is expected

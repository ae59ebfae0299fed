"""The report value, figure by figure, from the small made-up practice of conftest.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims_audit.errors import StorageError, UsageError
from reports.content import AuditReport, build_report
from reports.value import Money, Reconciliation, SizeBar
from tests.reports import conftest as small
from tests.reports.conftest import CHECKS, PREVIOUS, PROVENANCE, RUN, Warehouse, finding, finding_line

ReportMaker = Callable[..., AuditReport]


def money(**parts: str) -> Money:
    return Money(**{name: Decimal(amount) for name, amount in parts.items()})


def test_totals_count_each_line_once_by_its_largest_finding(report: AuditReport) -> None:
    # Line 1 is in two findings, 20.00 and 27.63; lines 2 and 3 add 20.00 each, line 5 adds 27.63.
    assert report.totals.money == money(overpayment="95.26", underpayment="12.50", leads="25.00")
    # 27.63 x .95 on line 1, 20.00 x .80 on lines 2 and 3, 27.63 x 1 on line 5, 25.00 x .40 on line 6.
    assert report.totals.weighted_overpayment == Decimal("95.88")


def test_recoverable_is_what_may_still_be_got_back_each_line_once(make_report: ReportMaker) -> None:
    def add(warehouse: Warehouse) -> None:
        can_be_had = {"direction": "underpayment", "evidence": json.dumps({"is_recoverable": True})}
        rows = [
            finding("r-denied", "underpaid", "13.00", **can_be_had),
            finding("r-more", "underpaid", "20.00", **can_be_had),
            finding("r-late", "underpaid", "50.00", direction="underpayment", evidence='{"is_recoverable":false}'),
            finding("r-gone", "underpaid", "70.00", **can_be_had, state="not_seen"),
            finding("r-lead", "underpaid", "80.00", **can_be_had, certainty="C4"),
            finding("r-over", "underpaid", "90.00", evidence='{"is_recoverable":true}'),
        ]
        warehouse.insert("finding", rows, small.FINDING_DEFAULTS)
        lines = [("r-denied", 2, "13.00"), ("r-more", 2, "20.00"), ("r-late", 3, "50.00")]
        warehouse.insert("finding_line", [finding_line(*line) for line in lines])

    # Line 2 by the larger of its two; what is too late, gone, a lead or an overpayment is nothing to get back.
    assert make_report(add).totals.recoverable == Decimal("20.00")


def test_federal_payers_stand_apart_from_others(make_report: ReportMaker) -> None:
    def tell(warehouse: Warehouse) -> None:
        warehouse.con.execute("update payer set program = 'medicare' where payer_id = 'MEDICARE'")

    totals = make_report(tell).totals
    assert totals.federal == money(overpayment="27.63", underpayment="12.50")
    assert totals.other_payers == money(overpayment="67.63", leads="25.00")


def test_replaced_versions_do_not_count_as_lines(report: AuditReport) -> None:
    totals = report.totals
    assert (totals.lines, totals.claims, totals.members, totals.findings, totals.flagged_lines) == (6, 6, 5, 6, 6)
    assert report.verdict.data_through == date(2026, 10, 28)
    assert report.verdict.stale_days == 5


def test_uncertain_findings_are_leads_and_never_overpayments(report: AuditReport) -> None:
    by_check = {row.info.check_id: row.money for row in report.checks}
    assert by_check["oversized_group"] == money(overpayment="67.63", leads="25.00")
    assert by_check["underpaid"] == money(underpayment="12.50")


def test_exposure_by_payer_uses_the_payer_of_the_line(report: AuditReport) -> None:
    by_payer = {row.payer_name: (row.lines, row.findings, row.money) for row in report.payers}
    assert by_payer["Connecticut Medicaid"] == (4, 3, money(overpayment="67.63", leads="25.00"))
    # f-under names the other payer, but its line is Medicare's.
    assert by_payer["Medicare"] == (2, 2, money(overpayment="27.63", underpayment="12.50"))
    assert by_payer["Payer not known"] == (0, 1, Money())


def test_a_finding_without_claim_lines_keeps_its_dollars(make_report: ReportMaker) -> None:
    def add(warehouse: Warehouse) -> None:
        unbilled = finding("f-unbilled", "underpaid", "80.00", direction="underpayment", certainty="C2")
        warehouse.insert("finding", [unbilled], small.FINDING_DEFAULTS)

    assert make_report(add).totals.money.underpayment == Decimal("92.50")


def test_changes_tell_new_open_changed_and_gone(report: AuditReport) -> None:
    assert report.changes.previous_run_id == PREVIOUS
    assert [(row.state, row.findings, row.money.overpayment) for row in report.changes.states] == [
        ("new", 1, Decimal("27.63")),
        ("open", 4, Decimal("60.00")),
        ("changed", 1, Decimal("27.63")),
        ("not_seen", 1, Decimal("9.99")),
    ]
    assert [gone.finding_id for gone in report.changes.gone] == ["f-gone"]
    assert [point.findings for point in report.changes.trend] == [2, 3]
    assert "f-gone" not in [row.finding_id for row in report.findings]


def test_what_went_before_the_last_run_is_not_told_again(make_report: ReportMaker) -> None:
    def go_earlier(warehouse: Warehouse) -> None:
        warehouse.con.execute("update finding set last_seen_run = '20261030T020000Z-old' where finding_id = 'f-gone'")

    changes = make_report(go_earlier).changes
    assert changes.states[-1].findings == 0
    assert changes.gone == ()


def test_checks_carry_denominator_status_and_rate(report: AuditReport) -> None:
    rows = {row.info.check_id: row for row in report.checks}
    assert [row.status for row in report.checks] == ["found", "found", "found", "not_checked", "no_result"]
    size = rows["oversized_group"]
    assert (size.lines_examined, size.findings, size.flagged_lines) == (6, 3, 4)
    assert size.rate == pytest.approx(4 / 6)
    # Clear in the months looked at this night, but an older finding stands.
    assert (rows["underpaid"].status, rows["underpaid"].lines_not_checked) == ("found", 2)
    assert rows["cloned_notes"].reason == "No notes were delivered."
    assert rows["cloned_notes"].rate is None


def test_a_check_that_left_the_catalog_is_still_shown(snapshot: Path) -> None:
    report = build_report(snapshot, RUN, checks=(), provenance=PROVENANCE)
    assert {row.info.check_id for row in report.checks} >= {"oversized_group", "underpaid"}


def test_providers_have_a_wilson_interval(make_report: ReportMaker) -> None:
    def add(warehouse: Warehouse) -> None:
        more = [small.claim_line(100 + i, rendering_provider_npi="1003000134") for i in range(40)]
        warehouse.insert("claim_line", more, small.LINE_DEFAULTS)
        warehouse.insert("finding", [finding("f-4", "oversized_group", "4.00")], small.FINDING_DEFAULTS)
        warehouse.insert("finding_line", [finding_line("f-4", 100 + i, "1.00") for i in range(4)])

    row = next(row for row in make_report(add).providers if row.npi == "1003000134")
    assert (row.lines, row.flagged_lines, row.is_small) == (40, 4, False)
    assert row.rate == pytest.approx(0.1)
    assert (row.rate_low, row.rate_high) == (pytest.approx(0.0396, abs=1e-4), pytest.approx(0.2305, abs=1e-4))


def test_few_lines_are_marked_and_leads_do_not_raise_a_rate(report: AuditReport) -> None:
    row = next(row for row in report.providers if row.npi == "1003000126")
    assert (row.lines, row.flagged_lines, row.findings, row.is_small) == (1, 0, 2, True)


def test_group_sizes_against_the_default_limits(report: AuditReport) -> None:
    sizes = report.group_sizes
    assert (sizes.min_size, sizes.max_size) == (3, 10)
    assert sizes.bars == (SizeBar(5, {"date": 1, "roster": 1}), SizeBar(13, {"roster": 1}))


def test_group_sizes_are_not_available_without_the_view(make_report: ReportMaker) -> None:
    report = make_report(lambda warehouse: warehouse.con.execute("drop table group_session"))
    assert report.group_sizes.bars is None


def test_findings_come_with_lines_policy_and_payer(report: AuditReport) -> None:
    assert [row.finding_id for row in report.findings[:3]] == ["f-dup", "f-size-2", "f-size"]
    size = report.findings[2]
    assert size.payer_name == "Connecticut Medicaid"
    assert [(line.claim_line_id, line.exposure_amount) for line in size.lines] == [
        (1, Decimal("20.00")),
        (2, Decimal("20.00")),
        (3, Decimal("20.00")),
    ]
    line = report.claim_lines[1]
    assert (line.modifiers, line.file_name, line.service_units) == ("59 95", "october.csv", Decimal("1.000"))
    assert report.policies["ct-90853-max"].source_title == "Clinic rules of the state program"


def test_a_limit_lists_the_most_pressing_and_still_counts_all(make_report: ReportMaker) -> None:
    report = make_report(finding_limit=2)
    assert [row.finding_id for row in report.findings] == ["f-dup", "f-size-2"]
    assert (report.totals.findings, report.findings_left_out) == (6, 4)
    assert report.totals.money.overpayment == Decimal("95.26")


def test_quality_reconciles_lines_and_dollars(report: AuditReport) -> None:
    quality = report.quality
    assert quality.run_lines == Reconciliation(10, 6, 1, 1, 2, 0)
    assert quality.run_cents == Reconciliation(40000, 24000, 4000, 4000, 8000, 0)
    assert quality.all_lines == Reconciliation(14, 7, 1, 1, 2, 3)
    assert quality.all_lines.balances and quality.all_cents.balances
    assert [file.is_of_run for file in quality.files] == [True, False]
    assert quality.files[0].warnings == (
        "made up code: 1 time.",
        "3 lines carry an NPI whose check digit is wrong; the lines are kept, the number is doubtful.",
    )
    assert [(row.reason_code, row.ranges, row.lines) for row in quality.reject_reasons] == [("not_a_date", 1, 1)]
    assert (quality.rejected_ranges[0].byte_start, quality.rejected_ranges[0].byte_end) == (500, 560)


def test_warnings_make_the_verdict_ok_with_warnings(report: AuditReport) -> None:
    assert (report.verdict.level, report.verdict.title) == ("warnings", "OK with warnings")
    assert report.verdict.reasons[0].text.startswith("1 line could not be read")
    assert report.verdict.notes == ("1 check could not judge for want of data; not checked is not the same as clear.",)


def test_a_clean_night_is_ok_however_many_findings(make_report: ReportMaker) -> None:
    def clean(warehouse: Warehouse) -> None:
        warehouse.con.execute("delete from delivered_file where file_id = 1")

    assert make_report(clean).verdict.level == "ok"


@pytest.mark.parametrize(
    "change",
    [
        "update audit_run set status_code = 'crashed'",
        "update audit_run set exit_code = 65",
        "update gate_result set status_code = 'failed'",
    ],
)
def test_a_run_that_went_wrong_is_failed(make_report: ReportMaker, change: str) -> None:
    assert make_report(lambda warehouse: warehouse.con.execute(change)).verdict.level == "failed"


def test_an_errored_check_is_a_warning_that_names_it(make_report: ReportMaker) -> None:
    change = "update check_result set status_code = 'errored' where check_id = 'underpaid'"
    verdict = make_report(lambda warehouse: warehouse.con.execute(change)).verdict
    assert verdict.level == "warnings"
    assert "Paid below the fee" in verdict.reasons[0].text


def test_nothing_published_is_said(make_report: ReportMaker) -> None:
    verdict = make_report(not_published="the gate did not pass.").verdict
    assert verdict.level == "failed"
    assert verdict.reasons[0].text == "Nothing was published: the gate did not pass."


def test_the_same_findings_give_the_same_digest(make_report: ReportMaker, report_digest: str) -> None:
    assert make_report().findings_digest == report_digest


@pytest.fixture
def report_digest(tmp_path: Path) -> str:
    warehouse = Warehouse(tmp_path / "other.duckdb")
    small.fill_small_practice(warehouse)
    return build_report(warehouse.publish(), RUN, checks=CHECKS, provenance=PROVENANCE).findings_digest


def test_an_unknown_run_is_refused(snapshot: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        build_report(snapshot, "another", checks=CHECKS, provenance=PROVENANCE)


def test_a_missing_or_broken_snapshot_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is not there"):
        build_report(tmp_path / "none.duckdb", RUN, checks=CHECKS, provenance=PROVENANCE)
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="cannot be opened"):
        build_report(broken, RUN, checks=CHECKS, provenance=PROVENANCE)


def test_an_empty_warehouse_has_a_report(warehouse: Warehouse) -> None:
    warehouse.insert("audit_run", [{"run_id": RUN, "started_at": small.datetime(2026, 11, 2)}], small.RUN_DEFAULTS)
    report = build_report(warehouse.publish(), RUN, checks=CHECKS, provenance=PROVENANCE)
    assert report.totals.findings == 0
    assert report.verdict.data_through is None
    assert report.changes.previous_run_id is None


def test_what_had_been_gone_and_is_seen_again_is_told(make_report: ReportMaker) -> None:
    def see_again(warehouse: Warehouse) -> None:
        rows = [
            finding("f-again", "underpaid", "5.00", state="open"),
            finding("f-stays", "underpaid", "5.00", state="open"),
        ]
        warehouse.insert("finding", rows, small.FINDING_DEFAULTS)
        before = [
            ("f-again", "not_seen"),
            ("f-stays", "open"),
            ("f-size-2", "open"),
            ("f-maybe", "new"),
            ("f-under", "new"),
        ]
        warehouse.insert(
            "run_finding",
            [
                {"run_id": PREVIOUS, "finding_id": identity, "state": state, "exposure_amount": Decimal("5.00")}
                for identity, state in [*before, ("f-lead", "open")]
            ],
        )

    changes = make_report(see_again).changes
    assert changes.reopened == 1
    assert {(row.check_id, row.new, row.reopened, row.changed, row.gone) for row in changes.by_check} == {
        ("exact_duplicate_line", 1, 0, 0, 0),
        ("oversized_group", 0, 0, 1, 0),
        ("underpaid", 0, 1, 0, 1),
    }


@pytest.mark.parametrize(("column", "expected"), [("rule_set_sha", (True, False)), ("policy_sha", (False, True))])
def test_other_rules_or_policies_than_those_of_the_last_run(
    make_report: ReportMaker, column: str, expected: tuple[bool, bool]
) -> None:
    def change(warehouse: Warehouse) -> None:
        warehouse.con.execute(f"update audit_run set {column} = 'other' where run_id = '{PREVIOUS}'")

    changes = make_report(change).changes
    assert (changes.are_rules_others, changes.are_policies_others) == expected


def test_the_same_rules_and_policies_as_in_the_last_run(report: AuditReport) -> None:
    assert (report.changes.are_rules_others, report.changes.are_policies_others) == (False, False)


def test_which_rules_are_others_and_what_became_of_their_findings(make_report: ReportMaker) -> None:
    def change(warehouse: Warehouse) -> None:
        rows = [
            (PREVIOUS, "check", "oversized_group", "one"),
            (RUN, "check", "oversized_group", "two"),
            (PREVIOUS, "check", "underpaid", "same"),
            (RUN, "check", "underpaid", "same"),
            (RUN, "check", "exact_duplicate_line", "one"),
            (PREVIOUS, "check", "old_check", "one"),
            (PREVIOUS, "view", "session_bill", "one"),
            (RUN, "view", "session_bill", "two"),
            (PREVIOUS, "policy", "ct-90853-max", "one"),
            (RUN, "policy", "ct-90853-max", "two"),
        ]
        names = ("run_id", "kind_code", "rule_id", "rule_sha")
        warehouse.insert("run_rule", [dict(zip(names, row, strict=True)) for row in rows])
        warehouse.con.execute("update finding set state = 'changed' where finding_id = 'f-size'")

    told = [(row.kind, row.title, row.how, row.new, row.changed, row.gone) for row in make_report(change).changes.rules]
    assert told == [
        ("check", "The same line billed twice", "added", 1, 0, 0),
        ("check", "old_check", "removed", 0, 0, 0),
        ("check", "More people in a group than allowed", "changed", 0, 2, 0),
        ("policy", "ct-90853-max", "changed", 0, 1, 0),
        ("view", "session_bill", "changed", None, None, None),
    ]


def test_a_run_that_told_no_rules_cannot_be_compared(make_report: ReportMaker) -> None:
    def change(warehouse: Warehouse) -> None:
        warehouse.insert("run_rule", [{"run_id": RUN, "kind_code": "check", "rule_id": "underpaid", "rule_sha": "one"}])

    assert make_report(change).changes.rules == ()


def test_a_snapshot_of_an_older_version_has_no_rules(make_report: ReportMaker) -> None:
    assert make_report(lambda warehouse: warehouse.con.execute("drop table run_rule")).changes.rules == ()


def test_a_provider_has_the_quarters_up_to_the_newest_line(report: AuditReport) -> None:
    (row,) = [row for row in report.providers if row.npi == "1003000126"]
    # Its only line is of September, with a lead that does not count.
    told = [(quarter.name, quarter.lines, quarter.flagged_lines, quarter.rate) for quarter in row.quarters]
    assert told == [("2026 Q3", 1, 0, 0.0), ("2026 Q4", 0, 0, None)]
    (other,) = [row for row in report.providers if row.npi == "1245319599"]
    assert (other.quarters[-1].lines, other.quarters[-1].flagged_lines) == (other.lines, other.flagged_lines)


def test_no_more_than_eight_quarters_are_told(make_report: ReportMaker) -> None:
    report = make_report(
        lambda warehouse: warehouse.con.execute(
            "update claim_line set date_of_service = '2020-02-29' where claim_line_id = 6"
        )
    )
    (row,) = [row for row in report.providers if row.npi == "1245319599"]
    assert [quarter.name for quarter in row.quarters] == [
        *("2025 Q1", "2025 Q2", "2025 Q3", "2025 Q4", "2026 Q1", "2026 Q2", "2026 Q3", "2026 Q4")
    ]

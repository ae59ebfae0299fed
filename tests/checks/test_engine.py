"""The engine over a catalog of two small checks: what is chosen, what is found, how a check ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.checking.service_month import service_months
from claims_audit.errors import ConfigurationError
from claims_audit.findings.finding import CheckStatus
from claims_audit.findings.identity import evidence_sha, finding_id
from tests.checks.case_tables import create_tables

VIEW = """/*
grain   = ["claim_line_id"]
comment = "Lines of the month."
date    = "date_of_service"
*/
select
    claim_line_id,
    payer_id,
    member_id,
    date_of_service,
    rendering_provider_npi,
    paid_amount,
    case when procedure_code = '90853' then 'group' else 'visit' end as procedure_class,
    paid_amount is not null as is_paid_known
from claim_line
"""
RECENT = """/*
grain       = ["claim_line_id"]
comment     = "Lines of the month and of the week before it."
date        = "date_of_service"
days_before = 7
*/
select claim_line_id, date_of_service from claim_line
"""
DEAR = '''/*
title     = "A dear line"
rule      = "R98"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "month_line"
examines  = ["group"]
checkable = "is_paid_known"
lacking   = "no payment is known"
params    = { most_dollars = 50 }
grain     = ["claim_line_id"]
finding   = "{paid_amount} paid."
action    = "Look."
rationale = """
Because.
"""
traps     = ["None."]
reference = "Nowhere"
*/
select
    claim_line_id,
    payer_id,
    member_id,
    date_of_service,
    case when paid_amount > 100 then 'C4' else 'C1' end as certainty,
    case when payer_id = 'LENIENT' then 'violates_seed_only' else 'no_policy' end as verdict,
    case when payer_id = 'GUESS' then 'mn-90853-max' end as policy_id,
    case when paid_amount > 100 then 'lead' else 'overpayment' end as direction,
    paid_amount as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(paid_amount as varchar)) as claim_lines,
    paid_amount
from month_line
where procedure_class = 'group' and paid_amount > $most_dollars
'''
OWN_LINE = "concat(cast(claim_line_id as varchar), ':', cast(paid_amount as varchar))"
RARE = """/*
title     = "A repeated member"
rule      = "R99"
pack      = "ncci"
severity  = "low"
direction = "documentation"
subject   = "month_line"
grain     = ["member_id"]
finding   = "{recent_count} lines."
action    = "Look."
rationale = "Because."
traps     = ["None."]
reference = "Nowhere"
*/
select
    month_line.member_id,
    min(month_line.payer_id) as payer_id,
    min(month_line.date_of_service) as date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    0 as exposure_amount,
    '' as claim_lines,
    count(*) as recent_count
from month_line
cross join recent_line
group by month_line.member_id
having count(*) > 3
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return catalog_in(tmp_path)


def catalog_in(folder: Path, dear: str = DEAR) -> Catalog:
    texts = {
        "views/month_line": VIEW,
        "views/recent_line": RECENT,
        "checks/odd/dear_line": dear,
        "checks/odd/repeated_member": RARE,
    }
    for name, text in texts.items():
        path = folder / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_catalog(folder)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        create_tables(con)
        yield con


def bill(con: duckdb.DuckDBPyConnection, *lines: tuple[str, str, str, str | None]) -> None:
    """Lines as member, payer, day and dollars paid; the first is line 1 of claim A."""
    for number, (member, payer, day, paid) in enumerate(lines, 1):
        con.execute(
            """
            insert into claim_line by name
            select
                $number as claim_line_id, 'x' as claim_id, 1 as file_id, 0 as byte_start, 0 as byte_end,
                chr(64 + $number) as patient_control_number, 1 as claim_line_number, '1' as claim_frequency_code,
                $payer as payer_id, $member as member_id, '1' as billing_provider_npi, '2' as rendering_provider_npi,
                '11' as place_of_service_code, cast($day as date) as date_of_service, '90853' as procedure_code,
                1 as service_units, 200 as charge_amount, cast($paid as decimal(12, 2)) as paid_amount, '' as line_sha
            """,
            {"number": number, "payer": payer, "member": member, "day": day, "paid": paid},
        )


def result_of(run: CheckRun, check_id: str = "dear_line") -> tuple[str, str | None, int, int, int]:
    (result,) = [result for result in run.results if result.check_id == check_id]
    return result.status, result.reason, result.lines_examined, result.lines_not_checked, result.finding_count


def test_a_finding_says_what_its_row_and_its_header_say(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    bill(con, ("M1", "OURS", "2025-03-04", "60.00"))
    (found,) = run_checks(con, catalog).findings
    assert (found.check_id, found.rule, found.severity, found.direction) == ("dear_line", "R98", "high", "overpayment")
    assert (found.certainty, found.verdict, found.policy_id, found.payer_id) == ("C1", "no_policy", None, "OURS")
    assert (found.member_id, found.rendering_provider_npi, found.session_key) == ("M1", None, None)
    assert (found.date_of_service, found.message) == (date(2025, 3, 4), "60.00 paid.")
    assert found.recommended_action == "Look."
    assert found.exposure_amount == found.exposure_ceiling_amount == Decimal("60.00")
    (line,) = found.lines
    assert (line.claim_line_id, line.patient_control_number, line.claim_line_number) == (1, "A", 1)
    assert line.exposure_amount == Decimal("60.00")
    assert json.loads(found.evidence) == {"claim_line_id": 1, "paid_amount": "60"}
    assert found.finding_id == finding_id("dear_line", {"claim_line_id": 1})
    assert found.evidence_sha == evidence_sha(found.evidence, ["A:1=60.00"], Decimal("60.00"))


def test_a_lead_an_advisory_and_an_unverified_rule_say_so(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    bill(
        con,
        ("M1", "OURS", "2025-03-04", "150.00"),
        ("M2", "LENIENT", "2025-03-04", "60.00"),
        ("M3", "GUESS", "2025-03-04", "60.00"),
    )
    lead, advisory, guess = sorted(run_checks(con, catalog).findings, key=lambda found: str(found.member_id))
    assert lead.recommended_action == "A lead, and no proof: look at the record before anything else. Look."
    assert (advisory.severity, advisory.direction) == ("info", "overpayment")
    assert advisory.message == "60.00 paid. The payer's own rule allows it; only the default policy does not."
    assert guess.message == "60.00 paid. The policy row mn-90853-max is unverified."
    assert (guess.severity, guess.recommended_action, guess.policy_id) == ("high", "Look.", "mn-90853-max")


def test_a_row_may_tell_its_own_severity_ceiling_and_session(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    own = "    'low' as severity, 'S7' as session_key, 75.125 as exposure_ceiling_amount, paid_amount\nfrom"
    assert DEAR.count("    paid_amount\nfrom") == 1
    bill(con, ("M1", "OURS", "2025-03-04", "60.00"))
    (found,) = run_checks(con, catalog_in(tmp_path, DEAR.replace("    paid_amount\nfrom", own))).findings
    assert (found.severity, found.session_key, found.exposure_amount) == ("low", "S7", Decimal("60.00"))
    assert found.exposure_ceiling_amount == Decimal("75.12")


def test_the_lines_of_a_finding_come_by_claim_and_number(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    bill(con, *(("M1", "OURS", "2025-03-04", "60.00") for _ in range(3)))
    # Keys of the warehouse hang on the order of arrival; the numbers of the claims do not.
    con.execute("update claim_line set patient_control_number = 'Z' where claim_line_id = 1")
    con.execute("update claim_line set patient_control_number = 'A', claim_line_number = 2 where claim_line_id = 2")
    con.execute("update claim_line set patient_control_number = 'A', claim_line_number = 1 where claim_line_id = 3")
    dear = DEAR.replace(OWN_LINE, "'1:1;2:2;3:3'")
    found = run_checks(con, catalog_in(tmp_path, dear)).findings
    assert [(line.claim_line_id, line.exposure_amount) for line in found[0].lines] == [
        (3, Decimal("3.00")), (2, Decimal("2.00")), (1, Decimal("1.00")),
    ]  # fmt: skip


def test_a_threshold_of_the_operator_takes_the_place_of_the_default(
    con: duckdb.DuckDBPyConnection, catalog: Catalog
) -> None:
    bill(con, ("M1", "OURS", "2025-03-04", "50.00"), ("M2", "OURS", "2025-03-04", "50.01"))
    assert [found.member_id for found in run_checks(con, catalog).findings] == ["M2"]
    chosen = select_checks(catalog, ["core"], {"dear_line": {"most_dollars": 49}})
    assert [found.member_id for found in run_checks(con, catalog, chosen).findings] == ["M1", "M2"]


def test_a_check_whose_pack_is_off_has_a_result_that_says_so(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    bill(con, ("M1", "OURS", "2025-03-04", "60.00"))
    run = run_checks(con, catalog, select_checks(catalog, ["core"]))
    assert [result.check_id for result in run.results] == ["dear_line", "repeated_member"]
    assert result_of(run) == ("found", None, 1, 0, 1)
    assert result_of(run, "repeated_member") == (
        "not_applicable", "the pack ncci is not chosen in audit.toml", 0, 0, 0,
    )  # fmt: skip
    assert [(result.is_left_out, result.pack) for result in run.results] == [(False, ""), (True, "ncci")]


@pytest.mark.parametrize(
    ("packs", "thresholds", "fault"),
    [
        (
            ["core", "cor", "rest"],
            {},
            "packs: no pack cor, rest; there are core, ncci, medicare, telehealth, integrity, ",
        ),
        (["core"], {"dear": {}}, "no check 'dear'; there are dear_line, repeated_member"),
        (["core"], {"dear_line": {"least": 1}}, "thresholds.dear_line: no threshold least; there are most_dollars"),
        (["core"], {"repeated_member": {"least": 1}}, "no threshold least; there are none"),
        (["core"], {"dear_line": {"most_dollars": "50"}}, "most_dollars is a str, not a int"),
        (["core"], {"dear_line": {"most_dollars": 50.0}}, "most_dollars is a float, not a int"),
        (["core"], {"dear_line": {"most_dollars": True}}, "most_dollars is a bool, not a int"),
    ],
)
def test_a_choice_that_there_is_not_is_named(
    catalog: Catalog, packs: list[str], thresholds: dict[str, dict[str, object]], fault: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        select_checks(catalog, packs, thresholds)
    assert fault in str(raised.value)


def test_two_thresholds_are_both_named(tmp_path: Path) -> None:
    two = DEAR.replace("{ most_dollars = 50 }", "{ most_dollars = 50, least_id = 1 }")
    catalog = catalog_in(tmp_path, two.replace("> $most_dollars", "> $most_dollars and claim_line_id >= $least_id"))
    with pytest.raises(ConfigurationError, match="no threshold least; there are most_dollars, least_id"):
        select_checks(catalog, ["core"], {"dear_line": {"least": 1}})


@pytest.mark.parametrize("changed", ["views/month_line.sql", "checks/odd/dear_line.sql"])
def test_the_name_of_the_rules_changes_with_every_file_of_them(tmp_path: Path, changed: str) -> None:
    before, again = catalog_in(tmp_path / "one"), catalog_in(tmp_path / "two")
    assert again.sha256 == before.sha256
    path = tmp_path / "two" / changed
    path.write_text(path.read_text() + "-- Once more.\n")
    assert read_catalog(tmp_path / "two").sha256 != before.sha256


def test_a_threshold_of_a_check_that_is_off_is_judged_and_kept_for_later(catalog: Catalog) -> None:
    chosen = select_checks(catalog, ["ncci"], {"dear_line": {"most_dollars": 1}})
    assert [check.check_id for check in chosen.checks] == ["repeated_member"]
    assert [check.check_id for check in chosen.left_out] == ["dear_line"]
    assert chosen.params == {"repeated_member": {}}


def test_all_checks_have_the_thresholds_of_their_headers(catalog: Catalog) -> None:
    chosen = Selection.of_all(catalog)
    assert chosen.params == {"dear_line": {"most_dollars": 50}, "repeated_member": {}}
    assert (chosen.checks, chosen.left_out) == (catalog.checks, ())


def test_lines_that_cannot_be_judged_are_counted_and_never_clear(
    con: duckdb.DuckDBPyConnection, catalog: Catalog
) -> None:
    bill(con, ("M1", "OURS", "2025-03-04", None), ("M2", "OURS", "2025-04-04", None))
    assert result_of(run_checks(con, catalog)) == (
        "not_checked", "2 of 2 lines not judged: no payment is known", 2, 2, 0,
    )  # fmt: skip
    con.execute("update claim_line set paid_amount = 10 where claim_line_id = 1")
    assert result_of(run_checks(con, catalog)) == ("clear", "1 of 2 lines not judged: no payment is known", 2, 1, 0)
    con.execute("update claim_line set paid_amount = 60 where claim_line_id = 1")
    assert result_of(run_checks(con, catalog)) == ("found", "1 of 2 lines not judged: no payment is known", 2, 1, 1)
    con.execute("update claim_line set procedure_code = '99213'")
    assert result_of(run_checks(con, catalog)) == (
        "not_applicable", "no claim line of the codes that it looks at", 0, 0, 0,
    )  # fmt: skip


def test_months_are_looked_at_one_after_the_other_and_a_window_reaches_back(
    con: duckdb.DuckDBPyConnection, catalog: Catalog
) -> None:
    days = ("2024-12-31", "2025-01-24", "2025-01-25", "2025-01-31", "2025-02-01")
    bill(con, *(("M1", "OURS", day, "60.00") for day in days))
    assert service_months(con) == [
        (date(2024, 12, 1), date(2025, 1, 1)),
        (date(2025, 1, 1), date(2025, 2, 1)),
        (date(2025, 2, 1), date(2025, 3, 1)),
    ]
    told: list[str] = []
    run = run_checks(con, catalog, progress=told.append)
    assert told == ["checking 2024-12", "checking 2025-01", "checking 2025-02"]
    assert result_of(run)[2:] == (5, 0, 5)
    # In January three lines beside four of the window, which begins on December 25; in February one beside three.
    assert [found.message for found in run.findings if found.check_id == "repeated_member"] == ["12 lines."]
    assert run_checks(con, catalog, months=[(date(2025, 2, 1), date(2025, 3, 1))]).findings[0].date_of_service == date(
        2025, 2, 1
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("paid_amount as exposure_amount", "cast('x' as integer) as exposure_amount", "ConversionException in 2025-03"),
        ('grain     = ["claim_line_id"]', 'grain     = ["payer_id"]', "two rows share one grain in 2025-03"),
        (
            "    date_of_service,\n    case",
            "    'soon' as date_of_service,\n    case",
            "date_of_service is no date in 2025-03",
        ),
        (OWN_LINE, "''", "an overpayment without a claim line in 2025-03"),
        (OWN_LINE, "'1:'", "claim_lines is no list of claim_line_id:dollars in 2025-03"),
        (OWN_LINE, "'A:1'", "claim_lines is no list of claim_line_id:dollars in 2025-03"),
        (OWN_LINE, "'9:1'", "claim_lines names a line that there is not in 2025-03"),
    ],
)
def test_a_check_that_fails_stops_no_other_and_keeps_no_half(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert DEAR.count(old) == 1
    catalog = catalog_in(tmp_path, DEAR.replace(old, new))
    bill(con, *(("M1", "OURS", "2025-03-04", "60.00") for _ in range(2)), ("M1", "OURS", "2025-04-04", "10.00"))
    run = run_checks(con, catalog)
    status, told, *_, count = result_of(run)
    assert (status, count) == (CheckStatus.ERRORED, 0)
    assert told == reason
    assert {found.check_id for found in run.findings} == {"repeated_member"}
    assert result_of(run, "repeated_member")[0] == "found"

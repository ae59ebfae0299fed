"""The intake gate: whether the files that wait for acceptance are whole, sound and of a likely size.

A critical expectation that does not hold stops the delivery: nothing is audited or published on it, and the night takes
its files out of the warehouse again. One of severity warning is told in the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from checks.expectations.gate import Expectation, GateOutcome, GateResult, Severity, Subject, open_gate
from claims_audit.model import ATTENDANCE_REQUIRED, CLAIM_LINE_REQUIRED

if TYPE_CHECKING:
    from pathlib import Path

RUNS_TO_COMPARE: Final = 10
RUNS_NEEDED: Final = 3
CLAIM_FREQUENCY_CODES: Final = ("1", "7", "8")
UNIT_BASIS_CODES: Final = ("UN", "MJ")
ATTENDANCE_STATUSES: Final = ("attended", "no_show", "late_cancel", "cancelled", "observer")

LEDGER: Final = "select * from delivered_file where accepted_run_id is null"
DELIVERED: Final = "select file_id from delivered_file where accepted_run_id is null"
TABLES: Final = ("claim_line", "attendance", "remittance")
PAYMENT_NOTICE: Final = timedelta(days=31)
NOT_TEXT: Final = {"claim_line_number", "date_of_service", "service_units", "charge_amount", "session_start_at"}


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """What an operator may tune; shares are of 1.

    A delivery may hold `max_quarantined_share` of quarantined lines; a small one `max_small_share` of its
    lines, but no more than `small_delivery_lines`. `volume_low` and `volume_high` are multiples of the usual size.
    """

    max_quarantined_share: float = 0.10
    max_small_share: float = 0.50
    small_delivery_lines: int = 20
    volume_low: float = 0.2
    volume_high: float = 5.0
    max_missing_diagnosis_share: float = 0.20
    earliest_date_of_service: date = date(2000, 1, 1)


def run_intake_gate(warehouse: Path, *, today: date, limits: IntakeLimits | None = None) -> GateOutcome:
    """Judges the files of a warehouse that no gate has accepted yet; nobody else may hold the warehouse open."""
    results: list[GateResult] = []
    with open_gate(warehouse) as session:
        try:
            there = session.numbers(
                f"select (select count(*) from ({LEDGER}) as file) as files, "
                + ", ".join(
                    f"(select count(*) from {table} where file_id in ({DELIVERED})) as {table}" for table in TABLES
                )
            )
        except Exception:
            # The ledger is broken, and so every expectation will say.
            there = dict.fromkeys(("files", *TABLES), 1)
        for subject in _subjects(today, limits or IntakeLimits(), frozenset(name for name in there if there[name])):
            results.extend(session.evaluate(subject))
    return GateOutcome("intake", tuple(results))


def _subjects(today: date, limits: IntakeLimits, delivered: frozenset[str]) -> list[Subject]:
    """Only what was delivered is judged: an expectation about nothing would hold, and say nothing."""
    subjects = [_delivered_files(), _delivery(limits)] if "files" in delivered else []
    if "claim_line" in delivered:
        subjects.append(_delivered_claim_lines(today, limits))
    if "attendance" in delivered:
        subjects.append(_delivered_attendance(today))
    if "remittance" in delivered:
        subjects.append(_delivered_remittances(today))
    return subjects


def _delivered_files() -> Subject:
    """The ledger against what is stored."""
    stored = " union all ".join(
        f"select file_id, {amount} as charge_amount from {table} where file_id in ({DELIVERED})"
        for table, amount in (
            ("claim_line", "charge_amount"),
            ("attendance", "0"),
            ("remittance_line", "charge_amount"),
        )
    )
    query = f"""
        select
            ledger.lines_in,
            ledger.lines_quarantined,
            ledger.charge_in_cents,
            ledger.byte_count,
            lines_loaded + lines_quarantined + lines_superseded + lines_duplicate + lines_other as lines_accounted_for,
            charge_loaded_cents + charge_quarantined_cents + charge_superseded_cents + charge_duplicate_cents
            + charge_other_cents as charge_accounted_for_cents,
            bytes_loaded + bytes_quarantined + bytes_superseded + bytes_duplicate + bytes_other + bytes_frame
            as bytes_accounted_for,
            lines_loaded + lines_superseded as lines_in_ledger,
            charge_loaded_cents + charge_superseded_cents as charge_in_ledger_cents,
            coalesce(total.line_count, 0) as lines_stored,
            coalesce(total.charge_cents, 0) as charge_stored_cents
        from ({LEDGER}) as ledger
        left join (
            select file_id, count(*) as line_count, cast(sum(charge_amount) * 100 as bigint) as charge_cents
            from ({stored}) as stored_line
            group by file_id
        ) as total on total.file_id = ledger.file_id
    """
    return Subject(
        "delivered_file",
        query,
        (
            _equal("lines_in", "lines_accounted_for", "Of every file, the lines add up", "lines"),
            _equal("charge_in_cents", "charge_accounted_for_cents", "Of every file, the charges add up", "cents"),
            _equal("byte_count", "bytes_accounted_for", "Of every file, the bytes add up", "bytes"),
            _equal("lines_in_ledger", "lines_stored", "Of every file, the lines are stored", "lines"),
            _equal("charge_in_ledger_cents", "charge_stored_cents", "Of every file, the charges are stored", "cents"),
            _no_rows(
                "lines_in > 0 and lines_quarantined = lines_in",
                "No file was quarantined entirely",
                "warning",
                {
                    "files": "count(*)",
                    "quarantined": "count(*) filter (where lines_quarantined = lines_in and lines_in > 0)",
                },
                "{quarantined} of {files} files",
                "none",
            ),
        ),
    )


def _delivery(limits: IntakeLimits) -> Subject:
    """The delivery as a whole, beside the latest accepted runs; lines of other transactions are not the audit's."""
    query = f"""
        select
            delivery.lines_in,
            delivery.lines_ours,
            delivery.lines_quarantined,
            history.run_count,
            history.median_lines
        from (
            select
                cast(sum(lines_in) as bigint) as lines_in,
                cast(sum(lines_in - lines_other) as bigint) as lines_ours,
                cast(sum(lines_quarantined) as bigint) as lines_quarantined
            from ({LEDGER}) as ledger
        ) as delivery
        cross join (
            select count(*) as run_count, cast(median(lines_in) as decimal(18, 1)) as median_lines
            from (
                select accepted_run_id, sum(lines_in) as lines_in
                from delivered_file
                where accepted_run_id is not null
                group by accepted_run_id
                order by accepted_run_id desc
                limit {RUNS_TO_COMPARE}
            ) as accepted_run
        ) as history
    """
    large, small = _literal(limits.max_quarantined_share), _literal(limits.max_small_share)
    low, high = _literal(limits.volume_low), _literal(limits.volume_high)
    return Subject(
        "delivery",
        query,
        (
            _no_rows(
                f"lines_quarantined > greatest({large} * lines_ours, "
                f"least({small} * lines_ours, {limits.small_delivery_lines}))",
                "The share of quarantined lines is small",
                "critical",
                {
                    "quarantined": "max(lines_quarantined)",
                    "lines": "max(lines_ours)",
                    "share": _percent_of("max(lines_quarantined)", "max(lines_ours)"),
                },
                "{share} % of {lines} lines ({quarantined})",
                f"at most {limits.max_quarantined_share * 100:g} %, or {limits.small_delivery_lines} lines if they are "
                f"at most {limits.max_small_share * 100:g} %",
            ),
            Expectation(
                "At least one line was delivered",
                "warning",
                "ExpectColumnValuesToBeBetween",
                {"column": "lines_in", "min_value": 1},
                {"lines": "max(lines_in)"},
                "{lines} lines",
                "at least 1",
            ),
            _no_rows(
                f"run_count >= {RUNS_NEEDED} and (lines_in < {low} * median_lines or lines_in > {high} * median_lines)",
                "The delivery is about as large as the latest accepted ones",
                "warning",
                {"lines": "max(lines_in)", "median": "max(median_lines)", "runs": "max(run_count)"},
                "{lines} lines; median of {runs} accepted runs: {median}",
                f"{limits.volume_low:g} to {limits.volume_high:g} times the median of the last {RUNS_TO_COMPARE} "
                f"accepted runs, once there are {RUNS_NEEDED}",
            ),
        ),
    )


def _delivered_claim_lines(today: date, limits: IntakeLimits) -> Subject:
    query = f"""
        select
            {_required_columns(CLAIM_LINE_REQUIRED)},
            greatest(date_of_service, coalesce(date_of_service_through, date_of_service)) as last_date_of_service,
            claim_frequency_code,
            unit_basis_code,
            -- The column is optional: a file that brings no diagnosis at all says nothing about its lines.
            case
                when file_id in (select c.file_id from claim_line as c where c.diagnosis_code_1 is not null)
                    then nullif(trim(diagnosis_code_1), '')
                else 'not delivered'
            end as diagnosis_code_1,
            exists (
                select 1
                from place_of_service
                where place_of_service.place_of_service_code = claim_line.place_of_service_code
            ) as is_known_place
        from claim_line
        where file_id in ({DELIVERED})
    """
    earliest = limits.earliest_date_of_service
    return Subject(
        "delivered_claim_line",
        query,
        (
            *(_present(column) for column in CLAIM_LINE_REQUIRED),
            _rows(
                f"last_date_of_service > date '{today}'",
                "No date of service lies in the future",
                "critical",
                "ExpectColumnValuesToBeBetween",
                {"column": "last_date_of_service", "max_value": today},
            ),
            _rows(
                f"date_of_service < date '{earliest}'",
                f"No date of service is before {earliest}",
                "warning",
                "ExpectColumnValuesToBeBetween",
                {"column": "date_of_service", "min_value": earliest},
            ),
            _listed("claim_frequency_code", CLAIM_FREQUENCY_CODES, "warning"),
            _listed("unit_basis_code", UNIT_BASIS_CODES, "warning"),
            _rows(
                "not is_known_place",
                "Every place_of_service_code is known",
                "warning",
                "ExpectColumnValuesToBeInSet",
                {"column": "is_known_place", "value_set": [True]},
            ),
            _present("diagnosis_code_1", "warning", limits.max_missing_diagnosis_share),
        ),
    )


def _delivered_attendance(today: date) -> Subject:
    query = f"""
        select
            {_required_columns(ATTENDANCE_REQUIRED)},
            case when attendance_status = 'attended' then cast(session_start_at as date) end as attended_date
        from attendance
        where file_id in ({DELIVERED})
    """
    return Subject(
        "delivered_attendance",
        query,
        (
            *(_present(column, of="attendance row") for column in ATTENDANCE_REQUIRED),
            _listed("attendance_status", ATTENDANCE_STATUSES, "critical"),
            _rows(
                f"attended_date > date '{today}'",
                "Nobody attended a session in the future",
                "critical",
                "ExpectColumnValuesToBeBetween",
                {"column": "attended_date", "max_value": today},
            ),
        ),
    )


def _delivered_remittances(today: date) -> Subject:
    """What does not add up in a payment is for a person to ask the payer about; the delivery is sound all the same."""
    query = f"""
        select
            remittance_id,
            payment_date,
            -- What could not be judged, since a claim of it was set aside, is told where it was set aside.
            not coalesce(contains(balance_faults, 'mismatch'), false) as is_balanced
        from remittance
        where file_id in ({DELIVERED})
    """
    return Subject(
        "delivered_remittance",
        query,
        (
            _rows(
                "not is_balanced",
                "Every remittance balances",
                "warning",
                "ExpectColumnValuesToBeInSet",
                {"column": "is_balanced", "value_set": [True]},
                unit="remittances",
            ),
            _rows(
                # Payers announce payments some days ahead.
                f"payment_date > date '{today + PAYMENT_NOTICE}'",
                "No payment is dated far ahead",
                "warning",
                "ExpectColumnValuesToBeBetween",
                {"column": "payment_date", "max_value": today + PAYMENT_NOTICE},
                unit="remittances",
            ),
        ),
    )


def _present(
    column: str, severity: Severity = "critical", max_missing_share: float = 0.0, *, of: str = "line"
) -> Expectation:
    most = f"At most {max_missing_share * 100:g} % of lines lack a {column}"
    return _rows(
        f"{column} is null",
        most if max_missing_share else f"Every {of} has a {column}",
        severity,
        "ExpectColumnValuesToNotBeNull",
        {"column": column, "mostly": float(1 - Decimal(str(max_missing_share)))},
        f"at most {max_missing_share * 100:g} %" if max_missing_share else "none",
    )


def _listed(column: str, values: tuple[str, ...], severity: Severity) -> Expectation:
    quoted = ", ".join(f"'{value}'" for value in values)
    return _rows(
        f"{column} not in ({quoted})",
        f"Every {column} is one of {', '.join(values)}",
        severity,
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": list(values)},
    )


def _rows(
    condition: str,
    sentence: str,
    severity: Severity,
    kind: str,
    terms: dict[str, object],
    expected: str = "none",
    unit: str = "lines",
) -> Expectation:
    """An expectation about each row; `condition` holds for the rows that miss it."""
    missed = f"count(*) filter (where {condition})"
    return Expectation(
        sentence,
        severity,
        kind,
        terms,
        {"lines": "count(*)", "missed": missed, "share": _percent_of(missed, "count(*)")},
        f"{{share}} % of {{lines}} {unit} ({{missed}})",
        expected,
    )


def _equal(left: str, right: str, sentence: str, unit: str) -> Expectation:
    return Expectation(
        sentence,
        "critical",
        "ExpectColumnPairValuesToBeEqual",
        {"column_A": left, "column_B": right},
        {
            "files": "count(*)",
            "off": f"count(*) filter (where {left} is distinct from {right})",
            "difference": f"cast(coalesce(sum(abs({left} - {right})), 0) as bigint)",
        },
        f"{{off}} of {{files}} files are off, by {{difference}} {unit}",
        "none",
    )


def _no_rows(
    condition: str, sentence: str, severity: Severity, measure: dict[str, str], observed: str, expected: str
) -> Expectation:
    """An expectation that no row fulfils a condition."""
    return Expectation(
        sentence,
        severity,
        "UnexpectedRowsExpectation",
        {"unexpected_rows_query": f"select 1 as unexpected from {{batch}} where {condition} limit 1"},
        measure,
        observed,
        expected,
    )


def _required_columns(columns: tuple[str, ...]) -> str:
    """Text of blanks only is as good as none."""
    return ", ".join(c if c in NOT_TEXT else f"nullif(trim({c}), '') as {c}" for c in columns)


def _percent_of(part: str, whole: str) -> str:
    return f"coalesce(round(100.0 * {part} / nullif({whole}, 0), 1), 0.0)"


def _literal(share: float) -> str:
    """A decimal in SQL, so that a share of lines is exact at the limit."""
    return f"{Decimal(str(share)):f}"

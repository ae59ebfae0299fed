"""The findings of a run with the claim lines and policy rows behind them, read from a snapshot."""

from __future__ import annotations

from collections import defaultdict

import duckdb

from reports.reviews import ReadReviews
from reports.snapshot import has_relation
from reports.value import ClaimLine, Finding, FindingLine, PolicyRow

# The most pressing first: this is also the order in which a limit cuts.
CHOSEN_FINDING = """
create or replace temp table chosen_finding as
select
    finding.*,
    row_number() over (
        order by
            array_position(['critical', 'high', 'medium', 'low', 'info'], finding.severity) nulls last,
            finding.certainty,
            finding.exposure_amount desc,
            finding.date_of_service desc,
            finding.finding_id
    ) as place
from finding
where finding.state <> 'not_seen'
qualify place <= $limit
"""

# The payer's name as kept for reports, else as delivered.
PAYER_NAME = """
create or replace temp table payer_label as
select payer_id, coalesce(max(payer.payer_name), max(claim_line.payer_name), payer_id) as payer_name
from claim_line
full join payer using (payer_id)
group by payer_id
"""

FINDINGS = """
select
    finding_id, check_id, rule, severity, direction, certainty, verdict, policy_id,
    chosen_finding.payer_id, coalesce(payer_label.payer_name, chosen_finding.payer_id) as payer_name,
    member_id, rendering_provider_npi, date_of_service, session_key,
    exposure_amount, exposure_ceiling_amount, message, recommended_action, evidence,
    first_seen_run, last_seen_run, state, evidence_sha
from chosen_finding
left join payer_label on payer_label.payer_id = chosen_finding.payer_id
order by place
"""

FINDING_LINES = """
select finding_id, claim_line_id, patient_control_number, claim_line_number, finding_line.exposure_amount
from finding_line
semi join chosen_finding using (finding_id)
order by finding_id, patient_control_number, claim_line_number, claim_line_id
"""

# What a remittance says of a line goes before what the claim's own export says (decision 15).
REMITTED = """
create or replace temp table remitted as
select claim_line_id, allowed_amount, paid_amount from line_payment
"""
NOTHING_REMITTED = """
create or replace temp table remitted as
select claim_line_id, allowed_amount, paid_amount from claim_line limit 0
"""

CLAIM_LINES = f"""
select
    claim_line_id, patient_control_number, claim_line_number, payer_id, member_id,
    billing_provider_npi, rendering_provider_npi, place_of_service_code,
    date_of_service, session_start_at, session_end_at, procedure_code,
    concat_ws(' ', modifier_1, modifier_2, modifier_3, modifier_4) as modifiers,
    concat_ws(' ', {", ".join(f"diagnosis_code_{place}" for place in range(1, 13))}) as diagnoses,
    service_units, charge_amount,
    coalesce(remitted.allowed_amount, claim_line.allowed_amount),
    coalesce(remitted.paid_amount, claim_line.paid_amount),
    delivered_file.file_name, claim_line.byte_start, claim_line.byte_end, reimbursed.reimbursed_code
from claim_line
left join delivered_file using (file_id)
left join remitted using (claim_line_id)
left join (
    select
        claim_line_id,
        string_agg(distinct coalesce(paid_procedure_code, procedure_code), ' ' order by
            coalesce(paid_procedure_code, procedure_code)) as reimbursed_code
    from remittance_claim_line
    inner join remittance_line using (remittance_line_id)
    where paid_amount > 0
    group by claim_line_id
) as reimbursed using (claim_line_id)
semi join (
    select claim_line_id from finding_line semi join chosen_finding using (finding_id)
) as wanted using (claim_line_id)
order by claim_line_id
"""

POLICIES = """
select
    policy_id, payer_id, program, procedure_code, setting, rule_key, rule_value, eff_from, eff_to,
    source_title, source_url, source_kind, is_verified
from payer_policy
semi join chosen_finding using (policy_id)
order by policy_id
"""


def prepare_findings(con: duckdb.DuckDBPyConnection, limit: int) -> None:
    """Makes the temporary tables that the other functions here read."""
    con.execute(CHOSEN_FINDING, {"limit": limit})
    con.execute(PAYER_NAME)


def read_findings(con: duckdb.DuckDBPyConnection, read: ReadReviews) -> tuple[Finding, ...]:
    """The findings of the run, the most pressing first, each with its lines and what was decided about it."""
    lines: dict[str, list[FindingLine]] = defaultdict(list)
    for finding_id, *facts in con.execute(FINDING_LINES).fetchall():
        lines[finding_id].append(FindingLine(*facts))
    rows = con.execute(FINDINGS).fetchall()
    return tuple(
        Finding(
            *(
                *row,
                tuple(lines.get(row[0], ())),
                read.by_finding.get(row[0]),
                read.suppressed_until.get(row[0]),
                read.versions.get(row[0], 0),
            )
        )
        for row in rows
    )


def read_claim_lines(con: duckdb.DuckDBPyConnection) -> dict[int, ClaimLine]:
    """The claim lines behind the findings, once each, with what remittances say of them."""
    con.execute(REMITTED if has_relation(con, "line_payment") else NOTHING_REMITTED)
    return {row[0]: ClaimLine(*row) for row in con.execute(CLAIM_LINES).fetchall()}


def read_policies(con: duckdb.DuckDBPyConnection) -> dict[str, PolicyRow]:
    """The policy rows that the findings name."""
    return {row[0]: PolicyRow(*row) for row in con.execute(POLICIES).fetchall()}


def payer_names(con: duckdb.DuckDBPyConnection) -> dict[str | None, str]:
    """Payer id to name."""
    return dict(con.execute("select payer_id, payer_name from payer_label").fetchall())

"""Explains which policy rows apply to a payer on a day: the rows that the checks would use, through the same view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from claims_audit.checking.catalog import read_catalog
from claims_audit.errors import UsageError
from claims_audit.home import Home
from claims_audit.rejecting import RejectsRows
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, confine, create_tables, first_row
from claims_audit.warehouse.reference import load_reference


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """One parameter of one code: the value that is used, the row that it comes from, and the default behind it."""

    procedure_code: str
    rule_key: str
    rule_value: str
    policy_id: str
    level: str  # plan, payer, state program, national program or seed
    is_verified: bool
    eff_from: date | None
    eff_to: date | None
    source_title: str
    seed_value: str | None
    why: str


def explain_policy(
    home: Home,
    settings: Settings,
    schemas: Mapping[str, RejectsRows],
    payer_id: str,
    day: date,
    procedure_code: str | None = None,
    place_of_service_code: str = "11",
) -> list[AppliedRule]:
    """The rule of every parameter that applies. Raises UsageError for a code or place that the audit does not know."""
    con = duckdb.connect(":memory:")
    try:
        confine(con)
        create_tables(con)
        load_reference(con, home, settings, schemas)
        _pretend_billed(con, payer_id, day, procedure_code, place_of_service_code)
        view = next(view for view in read_catalog().views if view.name == "resolved_policy")
        con.execute(f"create table resolved_policy as {view.sql}")
        rows = con.execute(_APPLIED).fetchall()
        known = first_row(con, "select payer_name from payer where payer_id = $payer", {"payer": payer_id})
        return [_as_rule(row, payer_id, day, known is not None) for row in rows]
    finally:
        con.close()


def _pretend_billed(con: Connection, payer_id: str, day: date, procedure_code: str | None, place: str) -> None:
    """A line of each code at hand, as if it had been billed: the view answers for what was billed."""
    setting = first_row(con, "select setting from place_of_service where place_of_service_code = $p", {"p": place})
    if setting is None:
        raise UsageError(f"{place}: no place of service that the audit knows; try 11, 22 or 10")
    con.execute(
        """
        create table current_claim_line as
        select
            $payer as payer_id,
            procedure_code,
            procedure_class,
            $setting as setting,
            cast($day as date) as date_of_service
        from procedure_code
        where $code is null or procedure_code = $code
        """,
        {"payer": payer_id, "setting": setting[0], "day": day, "code": procedure_code},
    )
    if not first_row(con, "select 1 from current_claim_line limit 1"):
        raise UsageError(f"{procedure_code}: no code that the audit knows; data/reference/procedure_code.csv has them")


_APPLIED = """
select
    resolved_policy.procedure_code,
    resolved_policy.rule_key,
    payer_policy.rule_value,
    payer_policy.policy_id,
    case
        when payer_policy.payer_id = 'SEED' then 'seed'
        when payer_policy.payer_id is not null and payer_policy.product is not null then 'plan'
        when payer_policy.payer_id is not null then 'payer'
        when payer_policy.state is not null then 'state program'
        else 'national program'
    end as level,
    payer_policy.is_verified,
    payer_policy.eff_from,
    payer_policy.eff_to,
    payer_policy.source_title,
    resolved_policy.seed_value
from resolved_policy
inner join payer_policy
    on payer_policy.policy_id = coalesce(resolved_policy.payer_policy_id, resolved_policy.seed_policy_id)
inner join current_claim_line on current_claim_line.procedure_code = resolved_policy.procedure_code
order by resolved_policy.procedure_code, resolved_policy.rule_key
"""


def _as_rule(row: tuple[object, ...], payer_id: str, day: date, is_known: bool) -> AppliedRule:
    code, key, value, policy_id, level, verified, start, end, title, seed = row
    span = f"{start or 'the beginning'} to {end or 'today'}"
    if level == "seed":
        whose = f"no row of {payer_id} speaks of it" if is_known else f"{payer_id} is not in the list of payers"
        why = f"{whose}, so that the default holds ({title})"
    else:
        why = f"the most specific row on {day} is that of the {level}, in force from {span} ({title})"
    if not verified:
        why += "; unverified"
    return AppliedRule(
        procedure_code=str(code),
        rule_key=str(key),
        rule_value=str(value),
        policy_id=str(policy_id),
        level=str(level),
        is_verified=bool(verified),
        eff_from=start if isinstance(start, date) else None,
        eff_to=end if isinstance(end, date) else None,
        source_title=str(title),
        seed_value=None if seed is None else str(seed),
        why=why,
    )

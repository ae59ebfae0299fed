"""One dated and cited parameter of one payer; the shipped rows and the user's own are held to the same rules."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text

# What a value of each parameter looks like.
RULE_VALUES = {
    "min_size": r"[0-9]{1,3}",
    "max_size": r"[0-9]{1,3}",
    "max_size_two_facilitators": r"[0-9]{1,3}",
    "distinct_mod_line": "second_session|ncci_column2|family_code|group_code|either|none",
    "family_code_semantics": "seed|cpt",
    "max_units_day": r"[0-9]{1,3}",
    "codes_per_session": "1",
    "repeat_modifier_accepted": "true|false",
    "coverage": "covered|not_covered|auth_required|unknown",
    "separately_paid": "true|false",
    "replacement_scope": "claim|line",
    "ncci_edits": "apply|ignore",
    "min_minutes": r"[0-9]{1,3}",
    "max_minutes": r"[0-9]{1,3}",
    "max_minutes_day": r"[0-9]{1,4}",
    "max_visits_day": r"[0-9]{1,3}",
    "max_visits_7_days": r"[0-9]{1,3}",
    "family_payees": r"[0-9]{1,2}",
    "multi_family_unit": "family|member",
    "co_facilitator_fees": r"[0-9]{1,2}",
    "oversize_refund": "excess|session",
    "group_size_documented": "true|false",
    "individual_note": "true|false",
    "time_documented": "true|false",
    "treatment_plan": "required|not_required",
    "note_signed_days": r"[0-9]{1,3}",
    "primary_diagnosis": "any|specific|mental",
    "add_on_primaries": r"[0-9A-Z]{5}(\|[0-9A-Z]{5}){0,40}",
    "interpreter_qualifies": "true|false",
    "telehealth_place": r"[0-9]{2}(\|[0-9]{2}){0,8}",
    "telehealth_modifier": r"none|[0-9A-Z]{2}(\|[0-9A-Z]{2}){0,8}",
    "supervised_billing": "allowed|barred",
    "group_in_day_program": "allowed|barred",
    "timely_filing": r"[0-9]{1,4}|1 year",
    "replacement_filing": r"[0-9]{1,4}|1 year",
}
# What each says, for docs/policy.md.
RULE_MEANINGS = {
    "min_size": "least members of a group",
    "max_size": "most members of a group",
    "max_size_two_facilitators": "most members where two or more clinicians lead",
    "oversize_refund": "what a group that is too large costs: the share of the members over the limit, or all",
    "group_size_documented": "whether the note has to state how many took part",
    "distinct_mod_line": "which of two lines of a day has to carry the distinct modifier; `none`: no line has to",
    "ncci_edits": "whether the national tables of pairs, units and add-on codes are the payer's rule",
    "family_code_semantics": "`cpt`: 90849 means several families; `seed`: one family or couple may be billed under it",
    "family_payees": "how many members of a family may be billed for one family session",
    "multi_family_unit": "whether 90849 is billed once a `family` or once a `member`",
    "co_facilitator_fees": "how many clinicians are paid for one member and session",
    "max_units_day": "how often a code may be billed for a member and day",
    "max_visits_day": "visits of a kind for a member and day",
    "max_visits_7_days": "visits of a kind for a member in any seven days",
    "max_minutes_day": "minutes of therapy for a member and day",
    "codes_per_session": "a session is billed under one code, once; the row that findings of it name",
    "repeat_modifier_accepted": "whether 76 or 77 makes a second line of a day acceptable",
    "min_minutes": "shortest session under the code",
    "max_minutes": "longest session under the code",
    "time_documented": "whether start and end of a session have to be in the record",
    "individual_note": "whether each member needs a note of their own",
    "treatment_plan": "whether a treatment plan has to be in force on the day",
    "note_signed_days": "days after the session within which the note is signed",
    "primary_diagnosis": "what the first diagnosis has to be: `specific`, or a `mental` or substance-use disorder",
    "add_on_primaries": "codes to which the add-on may be added, joined by a bar, where the payer has its own list",
    "interpreter_qualifies": "whether an interpreter is reason enough for interactive complexity",
    "separately_paid": "whether an add-on is paid on its own",
    "coverage": "whether the code is covered at all",
    "telehealth_place": "places of service that telehealth may have, joined by a bar",
    "telehealth_modifier": "modifiers of which a telehealth line carries one, joined by a bar; `none`: it needs none",
    "group_in_day_program": "whether a group may be billed beside a day program",
    "supervised_billing": "whether the work of a supervisee may be billed under the supervisor",
    "timely_filing": "days from the date of service within which a claim has to arrive, or `1 year` of the calendar",
    "replacement_filing": "the same for replacements",
    "replacement_scope": "whether a replacement or void is of the whole claim, or of the lines that it names; `claim` "
    "where no row applies",
}
SOURCE_KINDS = ("seed", "official", "secondary", "general_knowledge")


class PayerPolicySchema(pa.DataFrameModel):
    """One row a parameter, all columns as text; empty is null."""

    class Config:
        name = "payer_policy"
        strict = True

    policy_id: Series[str] = pa.Field(unique=True)
    payer_id: Series[str] = pa.Field(nullable=True)
    product: Series[str] = pa.Field(nullable=True)
    state: Series[str] = pa.Field(nullable=True)
    program: Series[str] = pa.Field(nullable=True)
    setting: Series[str] = pa.Field(nullable=True)
    procedure_code: Series[str] = pa.Field(nullable=True)
    rule_key: Series[str]
    rule_value: Series[str]
    eff_from: Series[str] = pa.Field(nullable=True)
    eff_to: Series[str] = pa.Field(nullable=True)
    source_title: Series[str]
    source_url: Series[str] = pa.Field(nullable=True)
    source_kind: Series[str]
    is_verified: Series[str]
    verified_on: Series[str] = pa.Field(nullable=True)
    verified_by: Series[str] = pa.Field(nullable=True)

    @pa.check("eff_from", "eff_to", "verified_on", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("rule_key", name="unknown_rule_key")
    def is_rule_key(cls, series: pd.Series) -> pd.Series:
        return series.isin(RULE_VALUES)

    @pa.check("source_kind", name="unknown_source_kind")
    def is_source_kind(cls, series: pd.Series) -> pd.Series:
        return series.isin(SOURCE_KINDS)

    @pa.check("is_verified", name="not_a_truth_value")
    def is_truth_value(cls, series: pd.Series) -> pd.Series:
        return series.isin(["true", "false"])

    @pa.dataframe_check(name="not_a_rule_value")
    def fits_its_key(cls, frame: pd.DataFrame) -> pd.Series:
        good = pd.Series(True, index=frame.index)
        for key, pattern in RULE_VALUES.items():
            asked = frame["rule_key"].eq(key).fillna(False)
            good &= ~asked | frame["rule_value"].str.fullmatch(pattern).fillna(False)
        return good

    @pa.dataframe_check(name="no_payer_or_program")
    def names_somebody(cls, frame: pd.DataFrame) -> pd.Series:
        return frame["payer_id"].notna() | frame["program"].notna()

    @pa.dataframe_check(name="ends_before_start")
    def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        return text.in_order(frame["eff_from"], frame["eff_to"])

"""Runs a pandera schema over text rows and tells, per row, which column broke which rule; never with the value.

Rows come as text, exactly as read. The schemas judge the text; the warehouse casts it. So a reason is "not a date" and
not a stack trace, and nothing is rounded or guessed on the way.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from claims_audit.rejecting import RowFault

# Names of pandera's own rules, in our words.
_BUILT_IN = {
    "not_nullable": "missing",
    "field_uniqueness": "repeated",
    "column_in_schema": "unknown_column",
    "column_in_dataframe": "missing_column",
}

# A rule over the row as a whole reports every column; this is the one that is meant, or none.
_ROW_RULES = {
    "ends_before_start": "",
    "negative_units": "service_units",
    "no_payer_or_program": "",
    "not_a_rule_value": "rule_value",
    "overlapping_period": "",
    "exclusion_without_start": "",
    "authorization_without_number": "",
    "repeated_row": "",
}

REASONS = {
    "missing": "is empty",
    "repeated": "comes more than once",
    "not_text": "is longer than the field allows or holds characters that are not printable",
    "not_a_line_number": "is not a whole number from 1 to 9999",
    "unknown_frequency_code": "is not a claim frequency code; 1, 7 and 8 are known",
    "npi_not_ten_digits": "is not ten digits",
    "not_two_digits": "is not two digits",
    "not_a_date": "is not a calendar date as YYYY-MM-DD",
    "not_a_timestamp": "is not a date and time as YYYY-MM-DD HH:MM",
    "not_a_procedure_code": "is not five letters and digits",
    "not_a_modifier": "is not two letters and digits",
    "not_units": "is not a number other than zero with at most three decimals",
    "unknown_unit_basis": "is neither UN nor MJ",
    "not_money": "is not an amount of dollars with at most two decimals",
    "not_a_number": "is not a number with at most three decimals",
    "negative_units": "is below zero and the charge is not",
    "not_a_diagnosis_code": "is not a diagnosis code of three to seven letters and digits",
    "ends_before_start": "ends before it starts",
    "unknown_attendance_status": "is none of attended, no_show, late_cancel, cancelled, observer",
    "not_a_group_size": "is not a whole number from 0 to 999",
    "not_a_similarity": "is not a number from 0 to 1 with at most three decimals",
    "not_hashes": "is no list of hexadecimal hashes; a note itself must not be delivered",
    "unknown_plan_element": "is none of type, amount, frequency, duration, goals",
    "not_a_truth_value": "is neither true nor false",
    "unknown_rule_key": "is no parameter that a check reads",
    "unknown_source_kind": "is none of seed, official, secondary, general_knowledge",
    "not_a_rule_value": "does not fit its rule_key",
    "no_payer_or_program": "names neither a payer nor a program",
    "not_a_fee": "is not an amount of dollars from 0 on with at most two decimals",
    "not_a_taxonomy": "is not ten letters and digits",
    "overlapping_period": "overlaps a row of the same payer, code, modifier, place and taxonomy",
    "exclusion_without_start": "has the end of an exclusion and not its start",
    "not_an_order": "is not a whole number from 1 to 9",
    "not_authorized_units": "is not a number from 0 on with at most three decimals",
    "authorization_without_number": "has a code or units and no prior_authorization_number",
    "repeated_row": "stands in the file twice",
}


class RowSchema:
    """One schema as the intake uses it."""

    def __init__(self, model: type[pa.DataFrameModel]) -> None:
        self._schema = model.to_schema()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._schema.columns)

    def faults(self, frame: pd.DataFrame) -> list[RowFault]:
        """Every fault of every row of `frame` (text columns, index 0 to n-1); an empty list if all rows are good."""
        try:
            self._schema.validate(frame, lazy=True)
        except SchemaErrors as errors:
            return self._faults(errors.failure_cases)
        return []

    def _faults(self, cases: pd.DataFrame) -> list[RowFault]:
        faults: dict[tuple[int, str, str], RowFault] = {}
        for column, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True):
            code = _BUILT_IN.get(str(check), str(check))
            if index is None or pd.isna(index):
                raise ValueError(f"the schema {self._schema.name} failed as a whole: {code}")
            name = _ROW_RULES.get(code, str(column) if column in self._schema.columns else "")
            faults.setdefault(
                (int(index), name, code), RowFault(int(index), name, code, REASONS.get(code, code.replace("_", " ")))
            )
        return list(faults.values())

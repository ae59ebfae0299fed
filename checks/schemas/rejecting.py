"""Runs a pandera schema over text rows and tells, per row, which column broke which rule; never with the value.

Rows come as text, exactly as read. The schemas judge the text; the warehouse casts it. So a reason is "not a date" and
not a stack trace, and nothing is rounded or guessed on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as compute
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


# Distinct values of a column that are remembered with what came of them; a column with more is judged anew.
_REMEMBERED: Final = 5_000


class RowSchema:
    """One schema as the intake uses it; `compares` are the columns that its rules over a row look at."""

    def __init__(self, model: type[pa.DataFrameModel], compares: tuple[str, ...] = ()) -> None:
        self._model, self._compares = model, compares
        self._schema = model.to_schema()
        self._row_rules = pa.DataFrameSchema(checks=self._schema.checks, name=self._schema.name)
        self._judged: dict[str, dict[str | None, tuple[str, ...]]] = {name: {} for name in self._schema.columns}

    def __reduce__(self) -> tuple[type[RowSchema], tuple[type[pa.DataFrameModel], tuple[str, ...]]]:
        """The schema in another process is made of its model."""
        return RowSchema, (self._model, self._compares)

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

    def faults_of_columns(self, columns: Mapping[str, pyarrow.DictionaryArray]) -> list[RowFault]:
        """The same of coded columns of text; for schemas whose rules over a column look at one value at a time.

        Each distinct value is judged once, and what came of it is remembered from one batch to the next.
        """
        if set(columns) != set(self._schema.columns):
            raise ValueError(f"the schema {self._schema.name} has other columns")
        if self._schema.checks and not self._compares:
            # They would be left out without a word.
            raise ValueError(f"the schema {self._schema.name} has rules over a row; name the columns that they compare")
        faults = [fault for name in self._schema.columns for fault in self._column_faults(name, columns[name])]
        if self._compares:
            try:
                self._row_rules.validate(_as_frame({name: columns[name] for name in self._compares}), lazy=True)
            except SchemaErrors as errors:
                faults += self._faults(errors.failure_cases)
        return faults

    def _column_faults(self, name: str, column: pyarrow.DictionaryArray) -> list[RowFault]:
        """The faults of one column."""
        codes: dict[int, tuple[str, ...]] = {}  # by the place of the value, or of the empty cell behind all values
        values = column.dictionary
        judged = self._judged[name]
        if len(values) > _REMEMBERED:
            codes = self._judge(name, values)
        else:
            told = values.to_pylist()
            fresh = [value for value in told if value not in judged]
            if fresh:
                if len(judged) + len(fresh) > _REMEMBERED:
                    judged.clear()
                    fresh = told
                found = self._judge(name, pyarrow.array(fresh, pyarrow.string()))
                judged.update((value, found.get(at, ())) for at, value in enumerate(fresh))
            codes = {at: judged[value] for at, value in enumerate(told) if judged[value]}
        if column.null_count:
            if None not in judged:
                judged[None] = self._judge(name, pyarrow.nulls(1, pyarrow.string())).get(0, ())
            if judged[None]:
                codes[len(values)] = judged[None]
        if not codes:
            return []
        places = compute.fill_null(column.indices, len(values)).to_numpy()
        rows = np.flatnonzero(np.isin(places, list(codes))).tolist()
        return [
            RowFault(row, _ROW_RULES.get(code, name), code, _reason(code))
            for row in rows
            for code in codes[places[row]]
        ]

    def _judge(self, name: str, values: pyarrow.Array) -> dict[int, tuple[str, ...]]:
        """The codes of what is wrong with values of a column, by their place; those that are good have no entry."""
        try:
            self._schema.columns[name].validate(_as_frame({name: values}), lazy=True)
        except SchemaErrors as errors:
            codes: dict[int, tuple[str, ...]] = {}
            for fault in self._faults(errors.failure_cases):
                codes[fault.row] = (*codes.get(fault.row, ()), fault.reason_code)
            return codes
        return {}

    def _faults(self, cases: pd.DataFrame) -> list[RowFault]:
        faults: dict[tuple[int, str, str], RowFault] = {}
        for column, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True):
            code = _BUILT_IN.get(str(check), str(check))
            if index is None or pd.isna(index):
                raise ValueError(f"the schema {self._schema.name} failed as a whole: {code}")
            name = _ROW_RULES.get(code, str(column) if column in self._schema.columns else "")
            faults.setdefault((int(index), name, code), RowFault(int(index), name, code, _reason(code)))
        return list(faults.values())


def _as_frame(columns: Mapping[str, pyarrow.Array]) -> pd.DataFrame:
    """Columns of text as a frame with the type that the schemas ask for."""
    texts = {name: column.cast(pyarrow.large_string()) for name, column in columns.items()}
    frame: pd.DataFrame = pyarrow.table(texts).to_pandas()
    return frame


def _reason(code: str) -> str:
    return REASONS.get(code, code.replace("_", " "))

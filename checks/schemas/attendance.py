"""One person at one session, as the scheduling system exports it."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text

PLAN_ELEMENTS = ("type", "amount", "frequency", "duration", "goals")
STATUSES = ("attended", "no_show", "late_cancel", "cancelled", "observer")


class AttendanceSchema(pa.DataFrameModel):
    """One row a person and session, all columns as text; empty is null."""

    class Config:
        name = "attendance"
        strict = True

    session_id: Series[str]
    session_start_at: Series[str]
    session_end_at: Series[str] = pa.Field(nullable=True)
    member_id: Series[str]
    family_id: Series[str] = pa.Field(nullable=True)
    attendance_status: Series[str]
    facilitator_npis: Series[str]
    place_of_service_code: Series[str] = pa.Field(nullable=True)
    documented_group_size: Series[str] = pa.Field(nullable=True)
    group_focus: Series[str] = pa.Field(nullable=True)
    note_signed_at: Series[str] = pa.Field(nullable=True)
    note_similarity: Series[str] = pa.Field(nullable=True)
    note_shingles: Series[str] = pa.Field(nullable=True)
    treatment_plan_from: Series[str] = pa.Field(nullable=True)
    treatment_plan_to: Series[str] = pa.Field(nullable=True)
    treatment_plan_elements: Series[str] = pa.Field(nullable=True)

    @pa.check("session_id", "member_id", "family_id", "group_focus", name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("session_start_at", "session_end_at", "note_signed_at", name="not_a_timestamp")
    def is_timestamp(cls, series: pd.Series) -> pd.Series:
        return text.is_timestamp(series)

    @pa.check("attendance_status", name="unknown_attendance_status")
    def is_status(cls, series: pd.Series) -> pd.Series:
        return series.isin(STATUSES)

    @pa.check("facilitator_npis", name="npi_not_ten_digits")
    def is_npi_list(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{10}(;[0-9]{10})*")

    @pa.check("place_of_service_code", name="not_two_digits")
    def is_place(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{2}")

    @pa.check("documented_group_size", name="not_a_group_size")
    def is_group_size(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{1,3}")

    @pa.check("note_similarity", name="not_a_similarity")
    def is_similarity(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"0?\.[0-9]{1,3}|0|1|1\.0{1,3}|0\.")

    @pa.check("note_shingles", name="not_hashes")
    def is_hash_list(cls, series: pd.Series) -> pd.Series:
        # Hexadecimal of 8 digits and more: words of a note do not pass.
        return text.matches(series, r"[0-9a-fA-F]{8,64}(;[0-9a-fA-F]{8,64})*")

    @pa.check("treatment_plan_from", "treatment_plan_to", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("treatment_plan_elements", name="unknown_plan_element")
    def is_element_list(cls, series: pd.Series) -> pd.Series:
        element = "|".join(PLAN_ELEMENTS)
        return text.matches(series, rf"({element})(;({element}))*")

    @pa.dataframe_check(name="ends_before_start")
    def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        return text.in_order(frame["session_start_at"], frame["session_end_at"]) & text.in_order(
            frame["treatment_plan_from"], frame["treatment_plan_to"]
        )

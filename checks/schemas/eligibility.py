"""When a payer covered a person, and what it authorized; `reference load eligibility` brings these rows."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text


class EligibilitySchema(pa.DataFrameModel):
    """One row a span of coverage, or an authorization if it has a number; all columns as text, empty is null."""

    class Config:
        name = "eligibility"
        strict = True

    member_id: Series[str]
    payer_id: Series[str]
    coverage_from: Series[str]
    coverage_to: Series[str] = pa.Field(nullable=True)
    coverage_order: Series[str] = pa.Field(nullable=True)
    prior_authorization_number: Series[str] = pa.Field(nullable=True)
    procedure_code: Series[str] = pa.Field(nullable=True)
    authorized_units: Series[str] = pa.Field(nullable=True)

    @pa.check("member_id", "payer_id", "prior_authorization_number", name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("coverage_from", "coverage_to", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("coverage_order", name="not_an_order")
    def is_order(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[1-9]")

    @pa.check("procedure_code", name="not_a_procedure_code")
    def is_procedure_code(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9A-Z]{5}")

    @pa.check("authorized_units", name="not_authorized_units")
    def is_units(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.UNITS)

    @pa.dataframe_check(name="ends_before_start")
    def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        return text.in_order(frame["coverage_from"], frame["coverage_to"])

    @pa.dataframe_check(name="authorization_without_number")
    def has_number(cls, frame: pd.DataFrame) -> pd.Series:
        return frame["prior_authorization_number"].notna() | (
            frame["procedure_code"].isna() & frame["authorized_units"].isna()
        )

    @pa.dataframe_check(name="repeated_row")
    def is_once(cls, frame: pd.DataFrame) -> pd.Series:
        return ~frame.duplicated()

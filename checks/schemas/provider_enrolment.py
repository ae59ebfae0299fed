"""Who may treat for whom, and when; `reference load providers` brings these rows."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text


class ProviderEnrolmentSchema(pa.DataFrameModel):
    """One row a clinician, payer and period, all columns as text; empty is null."""

    class Config:
        name = "provider_enrolment"
        strict = True

    rendering_provider_npi: Series[str]
    payer_id: Series[str] = pa.Field(nullable=True)
    taxonomy_code: Series[str] = pa.Field(nullable=True)
    enrolled_from: Series[str] = pa.Field(nullable=True)
    enrolled_to: Series[str] = pa.Field(nullable=True)
    excluded_from: Series[str] = pa.Field(nullable=True)
    excluded_to: Series[str] = pa.Field(nullable=True)
    is_supervisee: Series[str] = pa.Field(nullable=True)
    supervising_provider_npi: Series[str] = pa.Field(nullable=True)

    @pa.check("rendering_provider_npi", "supervising_provider_npi", name="npi_not_ten_digits")
    def is_npi(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{10}")

    @pa.check("payer_id", name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("taxonomy_code", name="not_a_taxonomy")
    def is_taxonomy(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.TAXONOMY)

    @pa.check("enrolled_from", "enrolled_to", "excluded_from", "excluded_to", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("is_supervisee", name="not_a_truth_value")
    def is_truth_value(cls, series: pd.Series) -> pd.Series:
        return series.isin(["true", "false"])

    @pa.dataframe_check(name="ends_before_start")
    def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        return text.in_order(frame["enrolled_from"], frame["enrolled_to"]) & text.in_order(
            frame["excluded_from"], frame["excluded_to"]
        )

    @pa.dataframe_check(name="exclusion_without_start")
    def has_exclusion_start(cls, frame: pd.DataFrame) -> pd.Series:
        return frame["excluded_to"].isna() | frame["excluded_from"].notna()

    @pa.dataframe_check(name="repeated_row")
    def is_once(cls, frame: pd.DataFrame) -> pd.Series:
        return ~frame.duplicated()

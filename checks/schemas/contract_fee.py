"""What a payer agreed to allow for a code; `reference load fee-schedule` brings these rows."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text

_KEY = ["payer_id", "procedure_code", "modifier_code", "place_of_service_code", "taxonomy_code"]


class ContractFeeSchema(pa.DataFrameModel):
    """One row a payer, code, modifier, place, taxonomy and period, all columns as text; empty is null."""

    class Config:
        name = "contract_fee"
        strict = True

    payer_id: Series[str]
    procedure_code: Series[str]
    fee_amount: Series[str]
    modifier_code: Series[str] = pa.Field(nullable=True)
    place_of_service_code: Series[str] = pa.Field(nullable=True)
    taxonomy_code: Series[str] = pa.Field(nullable=True)
    eff_from: Series[str] = pa.Field(nullable=True)
    eff_to: Series[str] = pa.Field(nullable=True)

    @pa.check("payer_id", name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("procedure_code", name="not_a_procedure_code")
    def is_procedure_code(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9A-Z]{5}")

    @pa.check("fee_amount", name="not_a_fee")
    def is_fee(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.MONEY) & ~series.str.startswith("-")

    @pa.check("modifier_code", name="not_a_modifier")
    def is_modifier(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9A-Z]{2}")

    @pa.check("place_of_service_code", name="not_two_digits")
    def is_place(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{2}")

    @pa.check("taxonomy_code", name="not_a_taxonomy")
    def is_taxonomy(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.TAXONOMY)

    @pa.check("eff_from", "eff_to", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.dataframe_check(name="ends_before_start")
    def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        return text.in_order(frame["eff_from"], frame["eff_to"])

    @pa.dataframe_check(name="overlapping_period")
    def has_own_period(cls, frame: pd.DataFrame) -> pd.Series:
        return text.apart(frame, _KEY, "eff_from", "eff_to")

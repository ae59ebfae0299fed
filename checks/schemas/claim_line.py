"""A service line as delivered: what every row must be before it can be audited."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text
from claims_audit.model import DIAGNOSIS_COLUMNS, MODIFIER_COLUMNS

_TEXT_COLUMNS = (
    "patient_control_number",
    "payer_claim_control_number",
    "payer_id",
    "payer_name",
    "member_id",
    "subscriber_id",
    "relationship_code",
    "family_id",
    "rendering_taxonomy_code",
    "diagnosis_pointers",
    "prior_authorization_number",
    "line_control_number",
    "session_id",
)
_NPI_COLUMNS = ("billing_provider_npi", "rendering_provider_npi", "supervising_provider_npi", "service_facility_npi")


class ClaimLineSchema(pa.DataFrameModel):
    """One row a service line, all columns as text; empty is null."""

    class Config:
        name = "claim_line"
        strict = True

    patient_control_number: Series[str]
    claim_line_number: Series[str]
    claim_frequency_code: Series[str] = pa.Field(nullable=True)
    payer_claim_control_number: Series[str] = pa.Field(nullable=True)
    payer_id: Series[str]
    payer_name: Series[str] = pa.Field(nullable=True)
    member_id: Series[str]
    subscriber_id: Series[str] = pa.Field(nullable=True)
    relationship_code: Series[str] = pa.Field(nullable=True)
    family_id: Series[str] = pa.Field(nullable=True)
    billing_provider_npi: Series[str]
    rendering_provider_npi: Series[str]
    rendering_taxonomy_code: Series[str] = pa.Field(nullable=True)
    supervising_provider_npi: Series[str] = pa.Field(nullable=True)
    service_facility_npi: Series[str] = pa.Field(nullable=True)
    place_of_service_code: Series[str]
    date_of_service: Series[str]
    date_of_service_through: Series[str] = pa.Field(nullable=True)
    procedure_code: Series[str]
    modifier_1: Series[str] = pa.Field(nullable=True)
    modifier_2: Series[str] = pa.Field(nullable=True)
    modifier_3: Series[str] = pa.Field(nullable=True)
    modifier_4: Series[str] = pa.Field(nullable=True)
    service_units: Series[str]
    unit_basis_code: Series[str] = pa.Field(nullable=True)
    charge_amount: Series[str]
    allowed_amount: Series[str] = pa.Field(nullable=True)
    paid_amount: Series[str] = pa.Field(nullable=True)
    diagnosis_code_1: Series[str] = pa.Field(nullable=True)
    diagnosis_code_2: Series[str] = pa.Field(nullable=True)
    diagnosis_code_3: Series[str] = pa.Field(nullable=True)
    diagnosis_code_4: Series[str] = pa.Field(nullable=True)
    diagnosis_code_5: Series[str] = pa.Field(nullable=True)
    diagnosis_code_6: Series[str] = pa.Field(nullable=True)
    diagnosis_code_7: Series[str] = pa.Field(nullable=True)
    diagnosis_code_8: Series[str] = pa.Field(nullable=True)
    diagnosis_code_9: Series[str] = pa.Field(nullable=True)
    diagnosis_code_10: Series[str] = pa.Field(nullable=True)
    diagnosis_code_11: Series[str] = pa.Field(nullable=True)
    diagnosis_code_12: Series[str] = pa.Field(nullable=True)
    diagnosis_pointers: Series[str] = pa.Field(nullable=True)
    prior_authorization_number: Series[str] = pa.Field(nullable=True)
    line_control_number: Series[str] = pa.Field(nullable=True)
    received_date: Series[str] = pa.Field(nullable=True)
    session_id: Series[str] = pa.Field(nullable=True)
    session_start_at: Series[str] = pa.Field(nullable=True)
    session_end_at: Series[str] = pa.Field(nullable=True)

    @pa.check(*_TEXT_COLUMNS, name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("claim_line_number", name="not_a_line_number")
    def is_line_number(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"0*[1-9][0-9]{0,3}")

    @pa.check("claim_frequency_code", name="unknown_frequency_code")
    def is_frequency_code(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]")

    @pa.check(*_NPI_COLUMNS, name="npi_not_ten_digits")
    def is_npi(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{10}")

    @pa.check("place_of_service_code", name="not_two_digits")
    def is_place(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9]{2}")

    @pa.check("date_of_service", "date_of_service_through", "received_date", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("session_start_at", "session_end_at", name="not_a_timestamp")
    def is_timestamp(cls, series: pd.Series) -> pd.Series:
        return text.is_timestamp(series)

    @pa.check("procedure_code", name="not_a_procedure_code")
    def is_procedure_code(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9A-Z]{5}")

    @pa.check(*MODIFIER_COLUMNS, name="not_a_modifier")
    def is_modifier(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9A-Z]{2}")

    @pa.check("service_units", name="not_units")
    def is_units(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"-?" + text.UNITS) & ~text.matches(series, r"-?[0.]+")

    @pa.check("unit_basis_code", name="unknown_unit_basis")
    def is_unit_basis(cls, series: pd.Series) -> pd.Series:
        return series.isin(["UN", "MJ"])

    @pa.check("charge_amount", "allowed_amount", "paid_amount", name="not_money")
    def is_money(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.MONEY)

    # ICD-9 codes of old claims are loaded too; whether a code was valid on its day is a check's question.
    @pa.check(*DIAGNOSIS_COLUMNS, name="not_a_diagnosis_code")
    def is_diagnosis_code(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"[0-9A-Z]{3,7}")

    # A charge below zero takes an earlier line back; units below zero without one are a slip.
    @pa.dataframe_check(name="negative_units")
    def takes_back(cls, frame: pd.DataFrame) -> pd.Series:
        below = frame["service_units"].str.startswith("-").fillna(False).astype(bool)
        return ~below | frame["charge_amount"].str.startswith("-").fillna(False).astype(bool)

    @pa.dataframe_check(name="ends_before_start")
    def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:
        days = text.in_order(frame["date_of_service"], frame["date_of_service_through"])
        return days & text.in_order(frame["session_start_at"], frame["session_end_at"])

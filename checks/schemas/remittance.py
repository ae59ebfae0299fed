"""What a remittance says of a payment and of one service: what every row must be before it can be matched."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from checks.schemas import text
from claims_audit.model import MODIFIER_COLUMNS


class RemittanceSchema(pa.DataFrameModel):
    """One row a payment, all columns as text; empty is null. What a payment lacks never costs its claims."""

    class Config:
        name = "remittance"
        strict = True

    remittance_position: Series[str]
    payer_id: Series[str] = pa.Field(nullable=True)
    payer_name: Series[str] = pa.Field(nullable=True)
    payee_npi: Series[str] = pa.Field(nullable=True)
    payee_tax_id: Series[str] = pa.Field(nullable=True)
    trace_number: Series[str] = pa.Field(nullable=True)
    payer_trace_id: Series[str] = pa.Field(nullable=True)
    payment_method_code: Series[str] = pa.Field(nullable=True)
    payment_date: Series[str] = pa.Field(nullable=True)
    payment_amount: Series[str] = pa.Field(nullable=True)
    claim_paid_amount: Series[str] = pa.Field(nullable=True)
    provider_adjustment_amount: Series[str] = pa.Field(nullable=True)
    claim_count: Series[str] = pa.Field(nullable=True)
    balance_faults: Series[str] = pa.Field(nullable=True)

    @pa.check(
        "payer_id",
        "payer_name",
        "payee_npi",
        "payee_tax_id",
        "trace_number",
        "payer_trace_id",
        "payment_method_code",
        name="not_text",
    )
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("payment_date", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("payment_amount", "claim_paid_amount", "provider_adjustment_amount", name="not_money")
    def is_money(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.MONEY)


class RemittanceLineSchema(pa.DataFrameModel):
    """One row a service of a claim payment, all columns as text; empty is null. Reversals are below zero."""

    class Config:
        name = "remittance_line"
        strict = True

    remittance_position: Series[str]
    remittance_claim_position: Series[str]
    remittance_line_number: Series[str]
    patient_control_number: Series[str]
    payer_claim_control_number: Series[str] = pa.Field(nullable=True)
    original_payer_claim_control_number: Series[str] = pa.Field(nullable=True)
    claim_status_code: Series[str]
    claim_frequency_code: Series[str] = pa.Field(nullable=True)
    claim_filing_code: Series[str] = pa.Field(nullable=True)
    claim_charge_amount: Series[str] = pa.Field(nullable=True)
    claim_paid_amount: Series[str] = pa.Field(nullable=True)
    claim_patient_amount: Series[str] = pa.Field(nullable=True)
    claim_adjustments: Series[str] = pa.Field(nullable=True)
    claim_remark_codes: Series[str] = pa.Field(nullable=True)
    member_id: Series[str] = pa.Field(nullable=True)
    rendering_provider_npi: Series[str] = pa.Field(nullable=True)
    place_of_service_code: Series[str] = pa.Field(nullable=True)
    line_control_number: Series[str] = pa.Field(nullable=True)
    date_of_service: Series[str] = pa.Field(nullable=True)
    date_of_service_through: Series[str] = pa.Field(nullable=True)
    procedure_code: Series[str] = pa.Field(nullable=True)
    modifier_1: Series[str] = pa.Field(nullable=True)
    modifier_2: Series[str] = pa.Field(nullable=True)
    modifier_3: Series[str] = pa.Field(nullable=True)
    modifier_4: Series[str] = pa.Field(nullable=True)
    paid_procedure_code: Series[str] = pa.Field(nullable=True)
    paid_modifiers: Series[str] = pa.Field(nullable=True)
    service_units: Series[str] = pa.Field(nullable=True)
    paid_units: Series[str] = pa.Field(nullable=True)
    charge_amount: Series[str]
    allowed_amount: Series[str] = pa.Field(nullable=True)
    paid_amount: Series[str]
    adjustments: Series[str] = pa.Field(nullable=True)
    remark_codes: Series[str] = pa.Field(nullable=True)

    @pa.check(
        "patient_control_number",
        "payer_claim_control_number",
        "original_payer_claim_control_number",
        "claim_status_code",
        "claim_frequency_code",
        "claim_filing_code",
        "member_id",
        "rendering_provider_npi",
        "place_of_service_code",
        "line_control_number",
        "procedure_code",
        *MODIFIER_COLUMNS,
        "paid_procedure_code",
        "paid_modifiers",
        name="not_text",
    )
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("date_of_service", "date_of_service_through", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("service_units", "paid_units", name="not_a_number")
    def is_units(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, r"-?" + text.UNITS)

    @pa.check(
        "claim_charge_amount",
        "claim_paid_amount",
        "claim_patient_amount",
        "charge_amount",
        "allowed_amount",
        "paid_amount",
        name="not_money",
    )
    def is_money(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.MONEY)


class ProviderAdjustmentSchema(pa.DataFrameModel):
    """One row an adjustment of a payment outside of its claims, all columns as text; empty is null."""

    class Config:
        name = "provider_adjustment"
        strict = True

    remittance_position: Series[str]
    provider_id: Series[str] = pa.Field(nullable=True)
    fiscal_period_date: Series[str] = pa.Field(nullable=True)
    adjustment_reason_code: Series[str] = pa.Field(nullable=True)
    adjustment_reference: Series[str] = pa.Field(nullable=True)
    adjustment_amount: Series[str]

    @pa.check("provider_id", "adjustment_reason_code", "adjustment_reference", name="not_text")
    def is_text(cls, series: pd.Series) -> pd.Series:
        return text.is_printable(series)

    @pa.check("fiscal_period_date", name="not_a_date")
    def is_date(cls, series: pd.Series) -> pd.Series:
        return text.is_date(series)

    @pa.check("adjustment_amount", name="not_money")
    def is_money(cls, series: pd.Series) -> pd.Series:
        return text.matches(series, text.MONEY)

"""Schemas by table: each rejects rows, with a reason, before they reach the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checks.schemas.attendance import AttendanceSchema
from checks.schemas.claim_line import ClaimLineSchema
from checks.schemas.contract_fee import ContractFeeSchema
from checks.schemas.eligibility import EligibilitySchema
from checks.schemas.payer import PayerSchema
from checks.schemas.payer_policy import PayerPolicySchema
from checks.schemas.provider_enrolment import ProviderEnrolmentSchema
from checks.schemas.rejecting import RowSchema
from checks.schemas.remittance import ProviderAdjustmentSchema, RemittanceLineSchema, RemittanceSchema

ROW_SCHEMAS: Mapping[str, RowSchema] = MappingProxyType(
    {
        "claim_line": RowSchema(
            ClaimLineSchema,
            compares=(
                *("service_units", "charge_amount"),
                *("date_of_service", "date_of_service_through", "session_start_at", "session_end_at"),
            ),
        ),
        "attendance": RowSchema(
            AttendanceSchema,
            compares=("session_start_at", "session_end_at", "treatment_plan_from", "treatment_plan_to"),
        ),
        "remittance": RowSchema(RemittanceSchema),
        "remittance_line": RowSchema(RemittanceLineSchema),
        "provider_adjustment": RowSchema(ProviderAdjustmentSchema),
        "payer": RowSchema(PayerSchema),
        "payer_policy": RowSchema(PayerPolicySchema),
        "contract_fee": RowSchema(ContractFeeSchema),
        "provider_enrolment": RowSchema(ProviderEnrolmentSchema),
        "eligibility": RowSchema(EligibilitySchema),
    }
)

__all__ = ["ROW_SCHEMAS", "RowSchema"]

"""The report as one JSON object for other tools: the same value that the page and the workbook render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from reports.management import ManagementReport
from reports.profiles import INTERNAL, Profile
from reports.value import AuditReport

# Counts up with each change of the form that a reader would stumble over.
FORM: Final = 1


def as_object(report: AuditReport | ManagementReport, profile: Profile = INTERNAL) -> dict[str, Any]:
    """The report with its profile: amounts as texts, days and times in ISO form, evidence as it is stored."""
    return {"form": FORM, "profile": profile.name, "classification": profile.classification, **_plain(report)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value

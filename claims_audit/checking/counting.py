"""How many lines a check looks at, and how many it cannot judge: one SELECT, in words that every engine reads."""

from __future__ import annotations

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.query_file import CheckFile


def counting_query(catalog: Catalog, check: CheckFile) -> str:
    """A SELECT of check_id, examined and not_judged over the subject of a check."""
    columns = next(view.columns for view in catalog.views if view.name == check.subject)
    weight = "line_count" if "line_count" in columns else "1"
    judged = check.checkable or "true"
    examined = "true"
    if check.examines:
        # Names of classes from the check's own header.
        classes = ", ".join(f"'{name}'" for name in check.examines)
        examined = f"procedure_class in ({classes})"
    return (
        f"select '{check.check_id}' as check_id, coalesce(sum({weight}), 0) as examined, "
        f"coalesce(sum({weight}) filter (where not {judged}), 0) as not_judged from {check.subject} where {examined}"
    )

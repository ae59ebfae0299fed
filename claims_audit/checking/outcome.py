"""How a check ended, told from what was counted; the same on every engine."""

from __future__ import annotations

from claims_audit.checking.query_file import CheckFile
from claims_audit.checking.selection import Selection
from claims_audit.findings.finding import CheckResult, CheckStatus


def conclude(check: CheckFile, result: CheckResult) -> None:
    """Sets status and reason of a check that has gone over all months."""
    if result.status is CheckStatus.ERRORED:
        result.finding_count = 0
    elif result.finding_count:
        result.status = CheckStatus.FOUND
    elif not result.lines_examined:
        result.status = CheckStatus.NOT_APPLICABLE
        result.reason = "no claim line of the codes that it looks at"
    elif result.lines_not_checked == result.lines_examined:
        result.status = CheckStatus.NOT_CHECKED
    if result.lines_not_checked and result.status is not CheckStatus.ERRORED:
        result.reason = f"{result.lines_not_checked:,} of {result.lines_examined:,} lines not judged: {check.lacking}"


def results_of_left_out(selection: Selection) -> list[CheckResult]:
    """A result for each check whose pack was not chosen, which says so."""
    return [
        CheckResult(
            check.check_id,
            CheckStatus.NOT_APPLICABLE,
            f"the pack {check.pack} is not chosen in audit.toml",
            pack=check.pack,
            is_left_out=True,
        )
        for check in selection.left_out
    ]

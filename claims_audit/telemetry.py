"""What keeps other libraries from telling anybody of a run; they read it while they are imported."""

from __future__ import annotations

from typing import Final

TELEMETRY_OFF: Final = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Log lines and exception texts would be kept in Prefect's database, and its tracebacks would bury the one line
    # in which the command line tells what went wrong.
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}

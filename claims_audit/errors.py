"""What can go wrong in a way that the user can mend, each with its exit code (DESIGN.md, the command line).

A message names the file, the place and the remedy; it never carries a value from a claim. Anything else is a bug and
ends in exit code 70.
"""

from __future__ import annotations

from enum import IntEnum

import duckdb


class ExitCode(IntEnum):
    """How a command ends; the sysexits numbers where they exist."""

    DONE = 0
    DONE_WITH_WARNINGS = 10
    FINDINGS = 20
    USAGE = 64
    GATE_FAILED = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    BUG = 70
    CANNOT_PUBLISH = 73
    IO_ERROR = 74
    LOCKED = 75
    CONFIGURATION = 78

    @property
    def got_through(self) -> bool:
        """Whether the command did what it was called for, whatever it found."""
        return self in (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS, ExitCode.FINDINGS)


class ClaimsAuditError(Exception):
    """An error with a remedy, told in one line."""

    exit_code = ExitCode.BUG


class UsageError(ClaimsAuditError):
    """The call's words are off."""

    exit_code = ExitCode.USAGE


class GateFailedError(ClaimsAuditError):
    """A delivery did not pass its gate; nothing was published."""

    exit_code = ExitCode.GATE_FAILED


class NoInputError(ClaimsAuditError):
    """The input that was asked for is not there."""

    exit_code = ExitCode.NO_INPUT


class UnavailableError(ClaimsAuditError):
    """A program that the call needs is not installed."""

    exit_code = ExitCode.UNAVAILABLE


class ReconciliationError(ClaimsAuditError):
    """Lines, bytes or cents do not add up; nothing may be published on such ground."""

    exit_code = ExitCode.GATE_FAILED


class PublishError(ClaimsAuditError):
    """The snapshot could not be built or moved into place."""

    exit_code = ExitCode.CANNOT_PUBLISH


class StorageError(ClaimsAuditError):
    """Reading or writing failed: disk full, no permission, a broken file."""

    exit_code = ExitCode.IO_ERROR


class LockedError(ClaimsAuditError):
    """Another run holds the home."""

    exit_code = ExitCode.LOCKED


class ConfigurationError(ClaimsAuditError):
    """audit.toml, a policy file or a check is malformed."""

    exit_code = ExitCode.CONFIGURATION


class UnreadableFileError(ClaimsAuditError):
    """A file that is none of the known formats, or is so broken that no part of it can be trusted."""

    exit_code = ExitCode.NO_INPUT


class RefusedTableError(ClaimsAuditError):
    """A reference table with rows that cannot be trusted; nothing of it was loaded."""

    exit_code = ExitCode.GATE_FAILED


class ProofError(ClaimsAuditError):
    """What a home keeps is not what its runs wrote."""

    exit_code = ExitCode.GATE_FAILED


class ReviewRefusedError(ClaimsAuditError):
    """What a reviewer sent does not fit what is on record, or the record is not what it was; nothing was changed."""

    exit_code = ExitCode.GATE_FAILED


# How DuckDB tells that a disk or the memory gives no more. A commit that could not be written is told as a failed
# transaction or as a fatal error; with a single writer there is no other cause of either.
_DISK_ERRORS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException, duckdb.FatalException)


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code of any ending: ours say it themselves, a failing disk is 74, everything else is a bug."""
    if isinstance(error, ClaimsAuditError):
        return error.exit_code
    if isinstance(error, (OSError, KeyboardInterrupt, *_DISK_ERRORS)):
        return ExitCode.IO_ERROR
    return ExitCode.BUG


def telling(error: BaseException) -> str:
    """An error in one line without a value from a claim: only our own texts are known to hold none."""
    if isinstance(error, ClaimsAuditError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing was published, call again"
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror}; free space or mend it, and call again"
    if isinstance(error, _DISK_ERRORS):
        return f"the warehouse could not be read or written ({type(error).__name__}); free space and call again"
    return f"a bug: {type(error).__name__}; nothing was published"

"""What can go wrong in a way that the user can mend, each with its exit code (DESIGN.md, the command line).

A message names the file, the place and the remedy; it never carries a value from a claim. Anything else is a bug and
ends in exit code 70.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; the sysexits numbers where they exist."""

    DONE = 0
    DONE_WITH_WARNINGS = 10
    FINDINGS = 20
    USAGE = 64
    GATE_FAILED = 65
    NO_INPUT = 66
    BUG = 70
    CANNOT_PUBLISH = 73
    IO_ERROR = 74
    LOCKED = 75
    CONFIGURATION = 78


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

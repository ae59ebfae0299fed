"""Secrets: where they come from, and that they are never shown."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from claims_audit import secret as module
from claims_audit.errors import ConfigurationError
from claims_audit.secret import Secret, find_secret, require_secret

VALUE = "hunter2-and-more"


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_READ", {})


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_secret("NOTIFY_TEAM") is None
    monkeypatch.setenv("CLAIMS_AUDIT_NOTIFY_TEAM", f" {VALUE}\n")
    found = require_secret("NOTIFY_TEAM", "the target team")
    assert (found.source, found.reveal()) == ("environment", VALUE)


def test_from_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{VALUE}\n".encode())
    os.close(writing)
    monkeypatch.setenv("CLAIMS_AUDIT_PING_URL_FD", str(reading))
    assert [find_secret("PING_URL").reveal() for _ in range(2)] == [VALUE] * 2  # type: ignore[union-attr]
    os.close(reading)


def test_from_the_keyring(tmp_path: Path) -> None:
    """A keyring of its own in a process of its own, the null backend of the library replaced by a file in memory."""
    (tmp_path / "backend.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Kept(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, name):\n"
        f"        return {VALUE!r} if (service, name) == ('claims-audit', 'A') else None\n"
        "    def set_password(self, *_): pass\n"
    )
    code = (
        "from claims_audit.secret import find_secret as find; found = find('A'); "
        f"print(found.source, found.reveal() == {VALUE!r}, find('B'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHON_KEYRING_BACKEND": "backend.Kept", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "keyring True None\n", ended.stderr


@pytest.mark.parametrize("number", ["three", "-1", "9999", "99999999999999999999"])
def test_a_descriptor_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setenv("CLAIMS_AUDIT_PING_URL_FD", number)
    with pytest.raises(ConfigurationError, match="CLAIMS_AUDIT_PING_URL_FD"):
        find_secret("PING_URL")


def test_one_that_is_missing_says_where_it_may_stand() -> None:
    with pytest.raises(ConfigurationError, match=r"CLAIMS_AUDIT_DATABASE_KEY.*_FD.*keyring set"):
        require_secret("DATABASE_KEY", "encryption")


def test_it_is_never_shown() -> None:
    secret = Secret("DATABASE_KEY", "environment", VALUE)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret} {secret!r}", repr([secret])]
    shown.append(json.dumps({"key": secret}, default=str))
    try:
        raise ValueError(secret)
    except ValueError:
        shown.append(traceback.format_exc())
    assert [text for text in shown if VALUE in text] == []
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not written anywhere"):
            write(secret)

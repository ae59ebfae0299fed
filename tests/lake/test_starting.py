"""What is said where Spark, Java or the lake is missing: by name, with the remedy, before anything is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims_audit.errors import ExitCode, UnavailableError
from claims_audit.lake import starting

Cli = Callable[..., Any]


def test_spark_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(starting, "find_spec", lambda _: None)
    monkeypatch.setattr(starting, "ROOT", tmp_path)
    monkeypatch.delenv(starting.PYTHON_VARIABLE, raising=False)
    with pytest.raises(UnavailableError, match="make setup-spark"):
        starting.spark_python()
    monkeypatch.setenv(starting.PYTHON_VARIABLE, str(tmp_path / "python"))
    with pytest.raises(UnavailableError, match=starting.PYTHON_VARIABLE):
        starting.spark_python()
    (tmp_path / "python").touch()
    assert starting.spark_python() == tmp_path / "python"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (None, "there is none"),
        ('openjdk version "11.0.2" 2019-01-15', "newer Java"),
        ('java version "1.8.0_401"', "newer Java"),
        ("nothing", "newer Java"),
        ('openjdk version "17.0.15" 2025-04-15', None),
        ('openjdk version "21" 2023-09-19', None),
    ],
)
def test_java_is_asked_for_by_name(
    answer: str | None, fault: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if answer is not None:
        (tmp_path / "bin").mkdir()
        java = tmp_path / "bin" / "java"
        java.write_text(f"#!/bin/sh\necho '{answer}' >&2\n")
        java.chmod(0o700)
    if fault is None:
        assert starting.require_java() == tmp_path / "bin" / "java"
    else:
        with pytest.raises(UnavailableError, match=fault) as caught:
            starting.require_java()
        assert "openjdk-17-jre-headless" in str(caught.value)
        assert caught.value.exit_code == ExitCode.UNAVAILABLE


def test_the_words_of_the_call(cli: Cli, tmp_path: Path) -> None:
    for words, fault in (
        (["--engine", "spark"], "--lake"),
        (["--lake", tmp_path], "--engine spark"),
        (["--master", "local"], "--engine spark"),
    ):
        ended = cli("audit", *words)
        assert (ended.code, fault in ended.err) == (ExitCode.USAGE, True)
    assert cli("audit", "--engine", "spark", "--lake", tmp_path).code == ExitCode.NO_INPUT

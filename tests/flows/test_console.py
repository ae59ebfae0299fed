"""Tables of the command line: coloured on a terminal only, never against NO_COLOR, and the words are there without."""

from __future__ import annotations

import re

import pytest

from flows.console import coloured, open_console, plain_table

COLOUR = re.compile(r"\x1b\[[\d;]*3\dm")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    table = plain_table("check", "status", "found [all]", numeric=1)
    table.add_row("odd [bold]name[/bold]", coloured("errored"), "1,000")
    table.add_row("another", coloured("not_checked"), "2")
    open_console().print(table)
    return capsys.readouterr().out


def test_a_pipe_gets_words_only(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(capsys)
    assert "\x1b" not in told
    assert "errored" in told
    assert "not checked" in told


def test_a_terminal_gets_colour(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    told = printed(capsys)
    assert COLOUR.search(told)
    assert "errored" in told


def test_no_color_is_honoured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    told = printed(capsys)
    assert not COLOUR.search(told)
    assert "errored" in told


def test_brackets_are_text_and_numbers_stand_right(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(capsys)
    assert "odd [bold]name[/bold]" in told
    rows = [line.rstrip() for line in told.splitlines() if "odd" in line or "another" in line]
    assert {len(row) for row in rows} == {len(rows[0])}

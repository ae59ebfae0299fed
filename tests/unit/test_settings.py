"""The settings: where they are looked for, and how a wrong one is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from claims_audit.errors import ConfigurationError, ExitCode
from claims_audit.project import ROOT
from claims_audit.settings import DATA_VIEWS, Settings, read_settings


def read(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "audit.toml").write_text(text)
    return read_settings(tmp_path)


def test_the_shipped_file_says_what_the_code_does(tmp_path: Path) -> None:
    assert read_settings(tmp_path, ROOT / "audit.toml") == Settings()


def test_nothing_said_is_the_default(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Settings()


def test_the_file_that_is_named_wins_over_the_one_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text("keep_snapshots = 3")
    (tmp_path / "other.toml").write_text("keep_snapshots = 5")
    assert read_settings(tmp_path).keep_snapshots == 3
    assert read_settings(tmp_path, tmp_path / "other.toml").keep_snapshots == 5


def test_every_kind_of_value(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'data_view = "payer"\nthreads = 2\ntoday = 2024-10-01\n'
        "[gate]\nmax_quarantined_share = 1\nsmall_delivery_lines = 5",
    )
    assert (settings.data_view, settings.threads, settings.audit_day) == ("payer", 2, date(2024, 10, 1))
    assert (settings.gate.max_quarantined_share, settings.gate.small_delivery_lines) == (1, 5)
    assert settings.gate.volume_high == Settings().gate.volume_high


@pytest.mark.parametrize("view", DATA_VIEWS)
def test_every_data_view(tmp_path: Path, view: str) -> None:
    assert read(tmp_path, f'data_view = "{view}"').data_view == view


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keep_snapshot = 3", "unknown key keep_snapshot; known are data_view"),
        ("[gate]\nmax_share = 0.1", "unknown key gate.max_share; known are max_quarantined_share"),
        ("[spark]\nmaster = 'local'", "unknown key spark"),
        ("keep_snapshots = '3'", "keep_snapshots is a str, not a int"),
        ("keep_snapshots = 3.5", "keep_snapshots is a float, not a int"),
        ("threads = true", "threads is a bool, not a int"),
        ("data_view = 1", "data_view is a int, not a str"),
        ("today = 'now'", "today is a str, not a date"),
        ("[gate]\nvolume_low = 'much'", "gate.volume_low is a str, not a float"),
        ("gate = 3", "[gate] is no table"),
        ("data_view = 'clinic'", "data_view is none of provider, provider_partial, payer"),
        ("feasible_minutes = 10", "feasible_minutes must be at least min_group_minutes"),
        ("min_group_minutes = 0", "feasible_minutes must be at least min_group_minutes"),
        ("memory_limit = 'plenty'", "memory_limit"),
        ("threads = -1", "threads"),
        ("load_workers = -1", "load_workers"),
        ("= 3", "not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'audit.toml'}: ")
    assert told in str(caught.value)
    assert caught.value.exit_code == ExitCode.CONFIGURATION


@pytest.mark.parametrize("limit", ["500MB", "2GB", "1.5 GiB", "100 mb"])
def test_sizes_of_memory(tmp_path: Path, limit: str) -> None:
    assert read(tmp_path, f"memory_limit = '{limit}'").memory_limit == limit


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_bytes(b"data_view = '\xe9'")
    with pytest.raises(ConfigurationError, match="not TOML"):
        read_settings(tmp_path)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        read_settings(tmp_path, tmp_path / "absent.toml")

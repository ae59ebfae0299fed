"""claims-audit doctor and notify, as people call them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims_audit.home import Home
from claims_audit.safeguards.native import can_encrypt, require_native
from claims_audit.settings import EncryptionSettings
from tests.alarms.listening import listening

Cli = Callable[..., Any]


def verdicts(ended: Any) -> dict[str, str]:
    return {one["name"]: one["verdict"] for one in ended.json["safeguards"]}


def test_a_new_machine(cli: Cli, tmp_path: Path) -> None:
    ended = cli("doctor", "--home", tmp_path / "home", "--json")
    found = verdicts(ended)
    assert found["telemetry"] == found["DuckDB"] == found["Python"] == found["lock"] == "pass"
    assert found["permissions"] == found["notification by message"] == "warn"
    assert ended.code == (78 if "fail" in found.values() else 10)
    assert not (tmp_path / "home").exists(), "looking makes nothing"
    assert all(one["remedy"] for one in ended.json["safeguards"] if one["verdict"] != "pass")


def test_encrypted_elsewhere_is_taken_at_its_word(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "audit.toml"
    config.write_text("[encryption]\nvolume_is_encrypted = true\n")
    found = verdicts(cli("doctor", "--home", tmp_path / "home", "--config", config, "--json"))
    assert {verdict for name, verdict in found.items() if name.startswith("encryption")} == {"pass"}


def test_a_home_that_others_can_read(cli: Cli, tmp_path: Path) -> None:
    Home(tmp_path / "home").create()
    assert verdicts(cli("doctor", "--home", tmp_path / "home", "--json"))["permissions"] == "pass"
    (tmp_path / "home" / "archive").chmod(0o750)
    ended = cli("doctor", "--home", tmp_path / "home")
    assert ended.code == 78
    assert "others may look into: archive" in ended.out


def test_a_home_that_is_held(cli: Cli, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with home.lock("claims-audit run R1"):
        ended = cli("doctor", "--home", home.path, "--json")
    assert verdicts(ended)["lock"] == "warn"


def test_native_encryption_is_refused_where_it_is_not_real(cli: Cli, tmp_path: Path) -> None:
    require_native(EncryptionSettings())
    assert not can_encrypt(), "this DuckDB can encrypt: make use of it, and change docs/operations.md"
    config = tmp_path / "audit.toml"
    config.write_text("[encryption]\nnative = true\n")
    ended = cli("run", "--plain", "--home", tmp_path / "home", "--config", config)
    assert ended.code == 78
    assert "cannot write encrypted files without a module" in ended.err
    assert (
        verdicts(cli("doctor", "--home", tmp_path / "home", "--config", config, "--json"))["native encryption"]
        == "fail"
    )


def test_notify_test(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "audit.toml"
    config.write_text('[notify]\ntimeout_seconds = 2.0\n[notify.targets.team]\nseverity = "page"\n')
    nobody = cli("notify", "test", "--home", tmp_path / "home")
    assert (nobody.code, nobody.out) == (78, "")
    with listening() as listener:
        monkeypatch.setenv("CLAIMS_AUDIT_NOTIFY_TEAM", listener.message_url)
        monkeypatch.setenv("CLAIMS_AUDIT_PING_URL", listener.ping_url)
        told = cli("notify", "test", "--home", tmp_path / "home", "--config", config)
        assert (told.code, told.out) == (0, "team: delivered\nping/log: delivered\n")
        assert listener.messages[0]["title"] == "claims-audit: TEST"
    lost = cli("notify", "test", "--home", tmp_path / "home", "--config", config)
    assert (lost.code, lost.out) == (10, "team: NOT delivered\nping/log: NOT delivered\n")
    assert "5ecre7" not in lost.out + lost.err


def test_settings_that_cannot_be_read_fail_the_switch(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "audit.toml").write_text("data_view = 'clinic'\n")
    with listening() as listener:
        monkeypatch.setenv("CLAIMS_AUDIT_PING_URL", listener.ping_url)
        assert cli("run", "--plain", "--home", tmp_path).code == 78
        assert listener.pings == ["78"]

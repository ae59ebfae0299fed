"""Nights that are told of: messages, pings, alarms, log and metrics, over real servers on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.alarms.listening import Listener, listening

pytestmark = pytest.mark.slow
Cli = Callable[..., Any]
Row = dict[str, str]


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def night(cli: Cli, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a night over an inbox; everyone is told through the listener."""
    monkeypatch.setenv("CLAIMS_AUDIT_PING_URL", listener.ping_url)
    monkeypatch.setenv("CLAIMS_AUDIT_NOTIFY_TEAM", listener.message_url)
    monkeypatch.setenv("CLAIMS_AUDIT_NOTIFY_DUTY", f"json://127.0.0.1:{listener.port}/message/duty")
    (tmp_path / "inbox").mkdir()

    def run(settings: str = "") -> Any:
        text = '[notify.targets]\nteam = { severity = "digest" }\nduty = { severity = "page" }\n' + settings
        (tmp_path / "audit.toml").write_text(text)
        listener.calls.clear()
        home = tmp_path / "home"
        arguments = ("--inbox", tmp_path / "inbox", "--home", home, "--config", tmp_path / "audit.toml", "--json")
        return cli("run", "--plain", *arguments)

    return run


def rows(claim: Callable[..., Row], count: int, **changes: object) -> list[Row]:
    return [claim(patient_control_number=f"P{at}", member_id=f"M{at}", **changes) for at in range(count)]


def log_of(home: Path, run_id: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "runs" / run_id / "log.jsonl").read_text().splitlines()]


def test_a_good_night_is_one_digest_and_two_pings(
    night: Any, tmp_path: Path, listener: Listener, claim: Any, as_csv: Any
) -> None:
    (tmp_path / "inbox" / "claims.csv").write_bytes(as_csv(rows(claim, 12)))
    ended = night()
    assert ended.code == 0, ended.json["warnings"]
    assert listener.pings == ["start", "0"]
    (message,) = listener.messages
    assert message["title"] == "claims-audit: OK"
    assert "1 files, 0 of them refused; 12 lines, 0 of them set aside." in message["message"]
    assert [entry["delivered"] for entry in ended.json["notifications"]] == [True] * 3
    events = log_of(tmp_path / "home", ended.json["run_id"])
    assert [entry["event"] for entry in events][0::99] == ["run_began"]
    assert events[-1]["event"] == "run_ended"
    assert not any("refused_values" in entry or entry["event"] == "unknown_event" for entry in events)
    assert {entry["run_id"] for entry in events} == {ended.json["run_id"]}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", entry["at"]) for entry in events)
    metrics = (tmp_path / "home" / "metrics" / "claims_audit.prom").read_text()
    assert 'claims_audit_lines{outcome="in"} 12.0' in metrics
    assert "claims_audit_last_run_exit_code 0.0" in metrics


def test_an_alarm_is_told_once_and_once_more_when_it_is_over(
    night: Any, tmp_path: Path, listener: Listener, claim: Any, as_csv: Any
) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "claims.csv").write_bytes(as_csv([*rows(claim, 12), *rows(claim, 30, charge_amount="no")]))
    strict = "[gate]\nsmall_delivery_lines = 0\n"
    stopped = night(strict)
    assert stopped.code == 65
    assert listener.pings == ["start", "65"]
    assert len(listener.messages) == 2, "the team and the one on duty"
    assert "New: the intake gate stopped the delivery; see R-03." in listener.messages[0]["message"]
    assert "Nothing was published by this run; the newest published data is of: never" in str(listener.messages[0])

    again = night(strict)
    assert again.code == 65
    (told,) = listener.messages
    assert "Still open: the intake gate stopped the delivery; see R-03." in told["message"], "a digest wakes nobody"

    (inbox / "claims.csv").write_bytes(as_csv(rows(claim, 12)))
    healed = night(strict)
    assert healed.code == 0, healed.json["warnings"]
    assert len(listener.messages) == 2
    assert listener.messages[0]["title"] == "claims-audit: RECOVERED"
    assert "Over: gate failed." in listener.messages[0]["message"]
    assert healed.json["alarms"] == []


def test_what_cannot_be_delivered_is_a_warning_and_told_next_time(
    night: Any, tmp_path: Path, listener: Listener, claim: Any, as_csv: Any
) -> None:
    (tmp_path / "inbox" / "claims.csv").write_bytes(as_csv(rows(claim, 12)))
    listener.refusals = 1_000
    ended = night()
    assert ended.code == 10
    assert "could not be delivered" in ended.json["warnings"][-1]
    assert {entry["delivered"] for entry in ended.json["notifications"]} == {False}
    assert {entry["tries"] for entry in ended.json["notifications"]} == {3}
    assert ended.json["alarms"] == [{"code": "not_delivered", "subject": ""}]
    assert "5ecre7" not in ended.out + ended.err + "".join(map(str, log_of(tmp_path / "home", ended.json["run_id"])))

    listener.refusals = 0
    after = night()
    assert any("the last message or ping did not get out; see R-19" in m["message"] for m in listener.messages)
    assert after.json["alarms"] == []
    assert night().code == 0


def test_a_refused_ping_is_tried_again(night: Any, tmp_path: Path, listener: Listener, claim: Any, as_csv: Any) -> None:
    (tmp_path / "inbox" / "claims.csv").write_bytes(as_csv(rows(claim, 12)))
    listener.refusals = 2
    ended = night()
    assert ended.code == 0
    assert listener.pings == ["start", "0"]
    assert ended.json["notifications"][1]["tries"] in (1, 3)


def test_a_bug_is_a_fail(
    night: Any, tmp_path: Path, listener: Listener, claim: Any, as_csv: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ValueError("M0 is broken")

    (tmp_path / "inbox" / "claims.csv").write_bytes(as_csv(rows(claim, 12)))
    monkeypatch.setattr("flows.rendering.build_report", break_down)
    assert night().code == 70
    assert listener.pings == ["start", "fail"]
    assert "New: the audit ended in a bug; see R-14." in listener.messages[0]["message"]


def test_a_night_that_finds_the_home_held(night: Any, tmp_path: Path, listener: Listener) -> None:
    from claims_audit.home import Home

    home = Home(tmp_path / "home")
    home.create()
    with home.lock("claims-audit run R1"):
        assert night().code == 75
    assert listener.pings == ["start", "75"]
    assert "another run holds the home; see R-12" in listener.messages[0]["message"]


def test_missing_file_and_its_coming(night: Any, tmp_path: Path, listener: Listener, claim: Any, as_csv: Any) -> None:
    wanted = '[notify.expected]\nroster = { pattern = "*roster*", hours = 26 }\n'
    (tmp_path / "inbox" / "claims.csv").write_bytes(as_csv(rows(claim, 12)))
    ended = night(wanted)
    assert ended.code == 10
    assert "a file that is expected has not come (roster); see R-02" in listener.messages[0]["message"]
    (tmp_path / "inbox" / "roster_claims.csv").write_bytes(as_csv(rows(claim, 3, date_of_service="2024-03-05")))
    assert night(wanted).json["alarms"] == []


def test_settings_hold_no_secret(night: Any) -> None:
    ended = night('[notify.targets.chat]\nseverity = "mail"\nurl = "slack://aaa/bbb/ccc"\n')
    assert ended.code == 78
    assert "holds a secret" in ended.err
    assert "aaa" not in ended.err


def test_a_target_without_address(night: Any, listener: Listener) -> None:
    ended = night('[notify.targets.chat]\nseverity = "mail"\n')
    assert ended.code == 78
    assert "CLAIMS_AUDIT_NOTIFY_CHAT" in ended.err

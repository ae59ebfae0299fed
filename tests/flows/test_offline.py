"""A night on a machine without a network: it gets through, and tries to reach nothing outside."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.own_process import run_by_nobody

Row = dict[str, str]
MARK = "SENTINEL8"
# In a namespace of its own even the loopback is down at first.
_LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
    fcntl.ioctl(end, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b""))
os.execv(sys.argv[1], sys.argv[1:])
"""
_CALL = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg)\(.*?sa_family=AF_INET6?,.*")


def in_a_namespace(trace: Path | None, *arguments: object) -> list[str]:
    python = sys.executable
    watched = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace)] if trace else []
    if watched:
        watched[0] = str(shutil.which("strace"))
    command = [str(Path(python).with_name("claims-audit")), *map(str, arguments)]
    return ["unshare", "-rn", python, "-c", _LOOPBACK_UP, *watched, *command]


def outside_calls(trace: Path) -> list[str]:
    """Calls to any address but the loopback, and to a resolver wherever it is."""
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        if _CALL.search(line) and (
            not re.search(r'inet_addr\("127\.|"::1"|inet_pton\(AF_INET6, "::1"', line) or "htons(53)" in line
        ):
            found.append(line)
    return found


def require_tools() -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("this machine lets no user make a network namespace (unshare -rn)")
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")


def test_the_trap_sees_a_look_up(tmp_path: Path) -> None:
    """Proof that the trap springs: a look-up of a name that does not exist is seen in it."""
    require_tools()
    trace = tmp_path / "trace"
    code = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('192.0.2.1', 53))"
    command = in_a_namespace(trace)[:-1]
    subprocess.run([*command, sys.executable, "-c", code], check=False, capture_output=True, timeout=60)
    assert len(outside_calls(trace)) == 1


@pytest.mark.slow
def test_a_failing_night_under_prefect_without_network(
    tmp_path: Path, claim: Callable[..., Row], as_csv: Callable[..., bytes]
) -> None:
    """The gate stops it; neither Prefect's database nor its storage holds a value, and nothing outside is called."""
    require_tools()
    inbox, home, trace = tmp_path / "inbox", tmp_path / "home", tmp_path / "trace"
    inbox.mkdir()
    rows = [claim(member_id=f"{MARK}M{n}", patient_control_number=f"{MARK}P{n}") for n in range(6)]
    bad = [{**rows[n], "charge_amount": MARK} for n in range(4)]
    (inbox / "claims.csv").write_bytes(as_csv([*rows, *bad]))
    (tmp_path / "strict.toml").write_text("[gate]\nsmall_delivery_lines = 0\n")
    ended = run_by_nobody(
        in_a_namespace(trace, "run", "--inbox", inbox, "--home", home, "--config", tmp_path / "strict.toml"), tmp_path
    )
    assert ended.returncode == 65, ended.stderr
    assert MARK not in ended.stdout + ended.stderr
    assert outside_calls(trace) == []
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        assert database.execute("select state_type from flow_run").fetchall() == [("FAILED",)]
    inside = ("warehouse.duckdb", "archive")
    kept = [path for path in home.rglob("*") if path.is_file() and path.relative_to(home).parts[0] not in inside]
    assert any(path.relative_to(home).parts[0] == "prefect" for path in kept)
    assert [path for path in kept if MARK.encode() in path.read_bytes()] == []

"""Whether a volume is encrypted, over made-up trees of /proc and /sys and over this machine's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims_audit.safeguards.volumes import Protection, has_plain_swap, volume_of


class Machine:
    """Trees that look like /proc and /sys of a machine."""

    def __init__(self, root: Path) -> None:
        self.proc, self.sys = root / "proc", root / "sys"
        (self.proc / "self").mkdir(parents=True)
        self.lines: list[str] = []

    def device(self, number: str, name: str, *, crypt: bool = False, over: str = "") -> None:
        block = self.sys / "devices" / name
        (block / "slaves").mkdir(parents=True)
        if crypt or name.startswith("dm"):
            (block / "dm").mkdir()
            (block / "dm" / "uuid").write_text("CRYPT-LUKS2-1" if crypt else "LVM-1")
        for folder, link in (("dev/block", number), ("class/block", name)):
            (self.sys / folder).mkdir(parents=True, exist_ok=True)
            (self.sys / folder / link).symlink_to(block)
        if over:
            (block / "slaves" / over).symlink_to(self.sys / "devices" / over)

    def mount(self, point: Path, number: str, kind: str, device: str) -> None:
        escaped = str(point).replace(" ", "\\040")
        self.lines.append(f"36 35 {number} / {escaped} rw - {kind} {device} rw")
        (self.proc / "self" / "mountinfo").write_text("\n".join(self.lines) + "\n")

    def look(self, folder: Path) -> Protection:
        return volume_of(folder, self.proc, self.sys).protection


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a home" / "deep"
    made.mkdir(parents=True)
    return made


def test_a_plain_disk(machine: Machine, folder: Path) -> None:
    machine.device("8:1", "sda1")
    machine.mount(Path("/"), "8:1", "ext4", "/dev/sda1")
    assert machine.look(folder) is Protection.PLAIN


def test_a_crypt_mapping(machine: Machine, folder: Path) -> None:
    machine.device("8:1", "sda1")
    machine.device("253:0", "dm-0", crypt=True, over="sda1")
    machine.mount(Path("/"), "8:1", "ext4", "/dev/sda1")
    machine.mount(folder.parent, "253:0", "ext4", "/dev/mapper/home")
    assert machine.look(folder) is Protection.ENCRYPTED
    assert machine.look(folder.parent.parent) is Protection.PLAIN, "beside the mount"
    assert machine.look(folder / "not" / "there" / "yet") is Protection.ENCRYPTED


def test_a_logical_volume_over_a_crypt_mapping(machine: Machine, folder: Path) -> None:
    machine.device("8:1", "sda1")
    machine.device("253:0", "dm-0", crypt=True, over="sda1")
    machine.device("253:1", "dm-1", over="dm-0")
    machine.device("253:2", "dm-2", over="sda1")
    machine.mount(Path("/"), "253:2", "xfs", "/dev/mapper/plain")
    machine.mount(folder, "253:1", "xfs", "/dev/mapper/home")
    assert machine.look(folder) is Protection.ENCRYPTED
    assert machine.look(folder.parent) is Protection.PLAIN


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tmpfs", Protection.IN_MEMORY),
        ("fuse.gocryptfs", Protection.ENCRYPTED),
        ("ecryptfs", Protection.ENCRYPTED),
        ("nfs4", Protection.UNKNOWN),
        ("overlay", Protection.UNKNOWN),
    ],
)
def test_other_file_systems(machine: Machine, folder: Path, kind: str, expected: Protection) -> None:
    machine.mount(Path("/"), "0:44", kind, "none")
    assert machine.look(folder) is expected


def test_the_newest_of_two_mounts_at_one_place(machine: Machine, folder: Path) -> None:
    machine.device("8:1", "sda1")
    machine.mount(folder, "0:44", "tmpfs", "tmpfs")
    machine.mount(folder, "8:1", "ext4", "/dev/sda1")
    assert machine.look(folder) is Protection.PLAIN


def test_no_proc(tmp_path: Path) -> None:
    assert volume_of(tmp_path, tmp_path / "none", tmp_path / "none").protection is Protection.UNKNOWN
    assert has_plain_swap(tmp_path / "none", tmp_path / "none") is None


def test_swap(machine: Machine) -> None:
    machine.device("8:2", "sda2")
    machine.device("253:0", "dm-0", crypt=True, over="sda2")
    head = "Filename Type Size Used Priority\n"
    for line, is_plain in (
        ("", False),
        ("/dev/sda2 partition 1 0 -2\n", True),
        ("/dev/dm-0 partition 1 0 -2\n", False),
        ("/dev/zram0 partition 1 0 -2\n", False),
        ("/swapfile file 1 0 -2\n", True),
    ):
        (machine.proc / "swaps").write_text(head + line)
        assert has_plain_swap(machine.proc, machine.sys) is is_plain, line


def test_this_machine(tmp_path: Path) -> None:
    volume = volume_of(tmp_path)
    assert volume.kind
    assert tmp_path.resolve().is_relative_to(volume.mount_point)

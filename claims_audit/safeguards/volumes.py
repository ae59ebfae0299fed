"""Whether the volume below a folder is encrypted, as far as Linux shows it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

# File systems that encrypt by themselves, and those that live in memory.
_ENCRYPTING: Final = ("ecryptfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.encfs", "fuse.securefs")
_IN_MEMORY: Final = ("tmpfs", "ramfs")
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


class Protection(StrEnum):
    """What can be said of a volume."""

    ENCRYPTED = "encrypted"
    IN_MEMORY = "in memory"
    PLAIN = "not encrypted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Volume:
    """The volume that a folder lies on."""

    mount_point: str
    kind: str  # of file system
    device: str
    protection: Protection


def volume_of(folder: Path, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Volume:
    """The volume of a folder that need not exist yet; on another system than Linux, nothing is known."""
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    there = there.resolve()
    mount = _mount_of(there, proc)
    if mount is None:
        return Volume(str(there), "", "", Protection.UNKNOWN)
    mount_point, kind, number, device = mount
    return Volume(mount_point, kind, device, _protection(kind, number, device, sys))


def has_plain_swap(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> bool | None:
    """Whether memory may be written to a volume that is not encrypted; None if that cannot be found out."""
    try:
        lines = (proc / "swaps").read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return None
    return any(not _is_safe_swap(_unescaped(line.split()[0]), sys) for line in lines if line.strip())


def _is_safe_swap(name: str, sys: Path) -> bool:
    if Path(name).name.startswith("zram"):
        return True
    return _by_name(name, sys) is Protection.ENCRYPTED


def _mount_of(folder: Path, proc: Path) -> tuple[str, str, str, str] | None:
    """Mount point, kind, device number and device of the nearest mount above the folder; of equals the newest."""
    try:
        lines = (proc / "self" / "mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found: tuple[str, str, str, str] | None = None
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if len(fields) < 5 or len(rest) < 2:
            continue
        point = _unescaped(fields[4])
        is_above = folder == Path(point) or Path(point) in folder.parents
        if is_above and (found is None or len(point) >= len(found[0])):
            found = (point, rest[0], fields[2], _unescaped(rest[1]))
    return found


def _protection(kind: str, number: str, device: str, sys: Path) -> Protection:
    if kind in _ENCRYPTING:
        return Protection.ENCRYPTED
    if kind in _IN_MEMORY:
        return Protection.IN_MEMORY
    block = sys / "dev" / "block" / number
    if block.exists():
        return _of_block(block)
    if device.startswith("/dev/"):
        # File systems over several devices, such as btrfs, have a number of their own.
        return _by_name(device, sys)
    return Protection.UNKNOWN


def _by_name(device: str, sys: Path) -> Protection:
    name = os.path.realpath(device).rsplit("/", 1)[-1]
    block = sys / "class" / "block" / name
    return _of_block(block) if block.exists() else Protection.UNKNOWN


def _of_block(block: Path) -> Protection:
    """Encrypted if the device is a crypt mapping, or all that it is made of are."""
    try:
        if (block / "dm" / "uuid").read_text(encoding="utf-8").startswith("CRYPT-"):
            return Protection.ENCRYPTED
    except OSError:
        pass
    try:
        below = sorted((block / "slaves").iterdir())
    except OSError:
        below = []
    if not below and (block / "partition").exists():
        return Protection.PLAIN
    if below and all(_of_block(slave) is Protection.ENCRYPTED for slave in below):
        return Protection.ENCRYPTED
    return Protection.PLAIN


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)

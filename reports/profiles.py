"""For whom a report is written, and the classification that every page of it carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

ProfileName = Literal["internal", "counsel", "management"]

PRIVILEGE: Final = "Privileged and confidential: prepared at the request of counsel"


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of reader; the stem is that of the file's name."""

    name: ProfileName
    stem: str
    classification: str

    def under_privilege(self, header: str) -> Profile:
        """The same with the words that counsel wants on every page."""
        return replace(self, classification=f"{header} \N{MIDDLE DOT} {CONTAINS_PHI}")


CONTAINS_PHI: Final = "contains protected health information"
INTERNAL: Final = Profile("internal", "report", f"Internal: {CONTAINS_PHI}")
COUNSEL: Final = Profile("counsel", "report-counsel", "").under_privilege(PRIVILEGE)
MANAGEMENT: Final = Profile(
    "management", "report-management", "Management: no member is named, counts from 1 to 10 are hidden"
)
PROFILES: Final[dict[ProfileName, Profile]] = {profile.name: profile for profile in (INTERNAL, COUNSEL, MANAGEMENT)}

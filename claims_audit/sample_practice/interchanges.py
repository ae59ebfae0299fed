"""What the X12 files of the sample have in common: interchanges, one segment a line, and amounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """Who sends what to whom: GS01, GS02, GS03 and GS08; ST01, and ST03 where a kind has it."""

    function_code: str
    kind: str
    version: str
    sender: str
    receiver: str
    has_version_in_header: bool = True


def interchange(route: Route, sent_on: dt.date, control: int, bodies: Sequence[Sequence[str]]) -> str:
    """Returns an interchange of one group with a transaction for each body, which is what stands between ST and SE."""
    segments = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{route.sender:15}*ZZ*{route.receiver:15}*{sent_on:%y%m%d}*0900*^*00501"
        f"*{control:09d}*0*T*:",
        f"GS*{route.function_code}*{route.sender}*{route.receiver}*{sent_on:%Y%m%d}*0900*{control}*X*{route.version}",
    ]
    version = f"*{route.version}" if route.has_version_in_header else ""
    for number, body in enumerate(bodies, 1):
        segments.append(f"ST*{route.kind}*{number:04d}{version}")
        segments += body
        segments.append(f"SE*{len(body) + 2}*{number:04d}")
    segments += [f"GE*{len(bodies)}*{control}", f"IEA*1*{control:09d}"]
    return "~\n".join(segments) + "~\n"


def money(cents: int) -> str:
    """Returns an amount as X12 has it: without trailing zeros."""
    dollars, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{dollars}.{rest:02d}".rstrip("0").rstrip(".") if rest else f"{sign}{dollars}"

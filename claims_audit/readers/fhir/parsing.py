"""JSON of FHIR resources: strict parsing, and access to elements that never meets a type it did not ask for.

Numbers stay the text that they are in the file: amounts are exact, and no number is too large to be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from claims_audit.readers.fhir.faults import (
    DUPLICATE_KEY,
    LONE_SURROGATE,
    NOT_JSON,
    NOT_UTF8,
    TOO_DEEP,
    ClaimFaultError,
    wrong_type,
)

Json = dict[str, Any]

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


# A resource of FHIR is some ten levels deep.
_DEEPEST: Final = 200


class _DuplicateKeyError(ValueError):
    """An object with one key twice; json would silently keep the last and could hide lines."""


def parse_json(raw: bytes) -> object:
    """Parses one JSON value; numbers come as text. Raises ClaimFaultError with the reason."""
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise ClaimFaultError(NOT_UTF8) from None
    except UnicodeEncodeError:
        raise ClaimFaultError(LONE_SURROGATE) from None
    except RecursionError:
        raise ClaimFaultError(TOO_DEEP) from None
    except _DuplicateKeyError:
        raise ClaimFaultError(DUPLICATE_KEY) from None
    except ValueError:
        raise ClaimFaultError(NOT_JSON) from None
    # How deep the parser itself goes differs between versions of Python.
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _is_too_deep(value):
        raise ClaimFaultError(TOO_DEEP)
    return value


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner += [child for child in item.values() if isinstance(child, (dict, list))]
            elif isinstance(item, list):
                inner += [child for child in item if isinstance(child, (dict, list))]
        if not inner:
            return False
        level = inner
    return True


def find_end(raw: bytes) -> int | None:
    """Where the JSON value at the start of the bytes ends, if they hold it whole and sound."""
    try:
        # One character a byte, so that positions agree; what the strings say is read by parse_json.
        return _DECODER.raw_decode(raw.decode("latin-1"))[1]
    except (ValueError, RecursionError):
        return None


def objects(parent: Json, name: str) -> list[Json]:
    """The objects under a name: STU3 and R4 differ in which elements repeat, so that one alone is a list of one."""
    value = parent.get(name)
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise ClaimFaultError(wrong_type(name))
    return value


def child(parent: Json, name: str) -> Json:
    """The one object under a name; empty if there is none."""
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ClaimFaultError(wrong_type(name))
    return value


def text(parent: Json, name: str) -> str | None:
    """The text or number under a name, trimmed; None if it is absent or blank."""
    value = parent.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ClaimFaultError(wrong_type(name))
    return value.strip() or None


def texts(parent: Json, name: str) -> list[str]:
    """The texts or numbers under a name, one alone as a list of one."""
    value = parent.get(name)
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in values):
        raise ClaimFaultError(wrong_type(name))
    return values


def codings(parent: Json, name: str) -> Iterator[tuple[str, str]]:
    """System (empty if not told) and code of every coding of the CodeableConcepts under a name."""
    for concept in objects(parent, name):
        for coding in objects(concept, "coding"):
            code = text(coding, "code")
            if code is not None:
                yield text(coding, "system") or "", code


def codes(parent: Json, name: str) -> list[str]:
    """Codes under a name in lower case; of a code that is an address (Blue Button), its last part."""
    return [tail(code).lower() for _, code in codings(parent, name)]


def tail(address: str) -> str:
    """What follows the last slash."""
    return address.rpartition("/")[2]


def extension(parent: Json, name: str) -> Json:
    """The first extension whose address ends in a name; empty if there is none."""
    for one in objects(parent, "extension"):
        if tail(text(one, "url") or "") == name:
            return one
    return {}


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _DuplicateKeyError
    return made


def _refuse(_: str) -> NoReturn:
    raise ValueError


# Raw tabs and line breaks inside of a string (strict=False) do no harm; NaN and Infinity are no JSON.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_with_unique_keys, parse_float=str, parse_int=str, parse_constant=_refuse, strict=False
)

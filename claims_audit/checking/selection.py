"""Which checks run, and with which thresholds: the packs and thresholds of the settings, held against the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.query_file import PACKS, CheckFile
from claims_audit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Selection:
    """The checks that run, each with its thresholds, and those that the operator left out."""

    checks: tuple[CheckFile, ...]
    left_out: tuple[CheckFile, ...]
    params: Mapping[str, Mapping[str, object]]  # by check id

    @classmethod
    def of_all(cls, catalog: Catalog) -> Selection:
        """Every check with the thresholds of its header."""
        return cls(catalog.checks, (), {check.check_id: check.params for check in catalog.checks})


def select_checks(
    catalog: Catalog, packs: Sequence[str], thresholds: Mapping[str, Mapping[str, object]] | None = None
) -> Selection:
    """The checks of the packs. `thresholds` are values by check id and parameter.

    Raises ConfigurationError that names a pack, check or threshold that there is not, or a value of the wrong kind.
    """
    if unknown := [pack for pack in packs if pack not in PACKS]:
        raise ConfigurationError(f"packs: no pack {', '.join(unknown)}; there are {', '.join(PACKS)}")
    chosen = tuple(check for check in catalog.checks if check.pack in packs)
    params: dict[str, Mapping[str, object]] = {check.check_id: check.params for check in chosen}
    for check_id, values in (thresholds or {}).items():
        check = catalog.check(check_id)
        for name, value in values.items():
            if name not in check.params:
                known = ", ".join(check.params) or "none"
                raise ConfigurationError(f"thresholds.{check_id}: no threshold {name}; there are {known}")
            wanted = type(check.params[name])
            if type(value) is not wanted:
                raise ConfigurationError(
                    f"thresholds.{check_id}: {name} is a {type(value).__name__}, not a {wanted.__name__}"
                )
        if check_id in params:
            params[check_id] = {**check.params, **values}
    return Selection(chosen, tuple(check for check in catalog.checks if check.pack not in packs), params)

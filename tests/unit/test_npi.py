"""The check digit of an NPI: a warning, never a reason to reject."""

from __future__ import annotations

import pytest

from claims_audit.readers.values import has_check_digit


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "1679576722", "1003000126"])
def test_a_right_check_digit(npi: str) -> None:
    assert has_check_digit(npi)
    wrong = npi[:-1] + str((int(npi[-1]) + 1) % 10)
    assert not has_check_digit(wrong)


@pytest.mark.parametrize("npi", ["1234567890", "1234567839", "0000000000", "1111111111"])
def test_a_wrong_check_digit(npi: str) -> None:
    assert not has_check_digit(npi)


@pytest.mark.parametrize("place", range(10))
def test_a_digit_mistyped_anywhere_is_seen(place: int) -> None:
    for digit in "0123456789":
        mistyped = "1234567893"[:place] + digit + "1234567893"[place + 1 :]
        assert has_check_digit(mistyped) is (mistyped == "1234567893")

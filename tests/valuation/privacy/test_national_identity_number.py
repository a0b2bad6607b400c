"""Are the numbers found that must not be written down, and others left alone?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.privacy.national_identity_number import (
    MASK,
    contains_one,
    has_valid_check_digits,
    masked,
    masked_throughout,
)

# Made for tests: by the published weights, worked out here a second time.
FIRST, SECOND = (3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def complete(nine: str) -> str | None:
    """Return nine digits with their check digits, or None where the series has none."""
    digits = [int(digit) for digit in nine]
    k1 = -sum(w * d for w, d in zip(FIRST, digits, strict=True)) % 11
    k2 = -sum(w * d for w, d in zip(SECOND, [*digits, k1], strict=True)) % 11
    return None if 10 in (k1, k2) else f"{nine}{k1}{k2}"


PERSON = complete("010107501")
D_NUMBER = complete("410107502")
SYNTHETIC = complete("018107501")


@pytest.mark.parametrize("number", [PERSON, D_NUMBER, SYNTHETIC])
def test_a_number_is_known_by_its_check_digits(number):
    assert has_valid_check_digits(number)


@given(st.from_regex(r"\d{9}", fullmatch=True).filter(lambda nine: nine.isascii() and complete(nine) is not None))
def test_every_number_with_its_check_digits_is_found(nine):
    assert contains_one(f"eier {complete(nine)}, ringt tilbake")


@given(st.from_regex(r"[0-9]{9}", fullmatch=True).filter(lambda nine: complete(nine) is not None), st.integers(1, 9))
def test_one_wrong_last_digit_makes_it_another_number(nine, step):
    number = complete(nine)
    assert not has_valid_check_digits(number[:-1] + str((int(number[-1]) + step) % 10))


@pytest.mark.parametrize("between", ["", " ", "-", ".", "\u00a0", "%20", "+"])
def test_it_is_masked_however_it_was_typed(between):
    typed = f"{PERSON[:6]}{between}{PERSON[6:]}"
    assert masked(f"text={typed}&next=1") == f"text={MASK}&next=1"


@pytest.mark.parametrize("text", ["5001-123/45/0/2", "4 850 000 kr", f"1{PERSON}", f"{PERSON}7", "12345678901"])
def test_other_numbers_stand(text):
    assert masked(text) == text


def test_nothing_hides_in_lists_keys_or_numbers():
    event = {"event": PERSON, "items": [{"n": int(PERSON)}, (PERSON,)], PERSON: 1.5, "ok": True, "none": None}
    assert masked_throughout(event) == {
        "event": MASK,
        "items": [{"n": MASK}, [MASK]],
        MASK: 1.5,
        "ok": True,
        "none": None,
    }

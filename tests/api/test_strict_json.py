"""Is everything refused that Python would take for JSON, with its place?"""

from __future__ import annotations

import math

import pytest

from api.problem import Problem
from api.strict_json import parse


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b'{"a":1}}', "not-json"),
        (b"{'a':1}", "not-json"),
        (b'{"a":01}', "not-json"),
        (b'{"a":+1}', "not-json"),
        (b'{"a":1,}', "not-json"),
        (b'{"a":"\x00"}', "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        ('{"a":1}'.encode("utf-16"), "not-utf-8"),
        ('{"a":"ø"}'.encode("cp1252"), "not-utf-8"),
        (b"[" * 100_000, "nested-too-deeply"),
        (b'{"a":' * 100_000, "nested-too-deeply"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else value,
)
def test_what_is_not_json_in_utf_8_is_refused(body, code):
    with pytest.raises(Problem) as refused:
        parse(body, "en")
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b'{"a":1,"a":2}', ["/a"]),
        (b'{"a":1,"b":2,"\\u0061":3}', ["/a"]),
        (b'{"list":[{"ok":1},{"x/y":1,"x/y":1}]}', ["/list/1/x~1y"]),
        (b'{"a":{"b":1,"b":2},"c":{"d":1,"d":1}}', ["/a/b", "/c/d"]),
        (b'{"a":{"b":1,"b":2},"a":1}', ["/a"]),
    ],
)
def test_a_name_that_stands_twice_is_refused_with_its_place(body, pointers):
    with pytest.raises(Problem) as refused:
        parse(body, "en")
    assert (refused.value.status, [fault.pointer for fault in refused.value.faults]) == (422, pointers)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"a":"\\ud800"}', "/a"),
        (b'{"a":["x","\\udfff y"]}', "/a/1"),
        (b'["\\udc00\\ud800"]', "/0"),
        (b'{"\\ud800":1}', ""),
    ],
)
def test_half_a_character_is_refused_with_its_place(body, pointer):
    with pytest.raises(Problem) as refused:
        parse(body, "en")
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [("text-not-unicode", pointer)]


def test_a_whole_pair_of_surrogates_is_a_character():
    assert parse(b'["\\ud83c\\udfe0"]', "en") == ["🏠"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "0." + "1" * 5000])
def test_what_is_no_number_comes_back_as_none_that_a_field_takes(number):
    assert not math.isfinite(parse(f"[{number}]".encode(), "en")[0])


def test_numbers_keep_their_kind():
    assert [type(item) for item in parse(b"[1, 1.0, 1e2]", "en")] == [int, float, float]

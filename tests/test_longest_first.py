"""Does the list of the longest files name files that are there, and are they tried first?"""

from __future__ import annotations

import re
from pathlib import Path

from tests.longest_first import LONGEST_FIRST

HOME = Path(__file__).resolve().parents[1]


def test_every_file_that_is_named_is_there_once():
    assert [path for path in LONGEST_FIRST if not (HOME / path).is_file()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)


def test_named_files_come_first_and_in_their_order(request):
    tried = dict.fromkeys(item.nodeid.partition("::")[0] for item in request.session.items)
    named = [path for path in LONGEST_FIRST if path in tried]
    assert list(tried)[: len(named)] == named


def test_the_order_is_left_to_the_list():
    assert re.search(r"^PYTEST \?=.* --no-loadscope-reorder ", (HOME / "Makefile").read_text("utf-8"), re.MULTILINE)

"""Every rule has its module, its page and its three tests: raised, not raised, not applicable."""

import re
from collections import Counter
from pathlib import Path

import pytest

from valuation.flags.catalogue import RULES

FOLDER = Path(__file__).parent
EVERY_OUTCOME = {"RAISED", "PASSED", "NOT_APPLICABLE"}
EXPECTED = {"cannot-be-valued": {"RAISED", "PASSED"}}
"""Every dwelling is asked whether it can be valued: there is none the rule does not apply to, and a test says so."""


def outcomes_tested(code):
    """What the tests of this folder expect of a rule: the words on the other side of `outcome(code, ...) ==`."""
    source = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("test_*.py")))
    tests = re.split(r"(?m)^(?=@pytest|def )", source)
    return {
        word
        for test in tests
        if re.search(rf'outcome\(\s*"{code}"', test)
        for word in re.findall(r"\b(?:RAISED|PASSED|NOT_APPLICABLE)\b", _with_parameters(test, tests))
    }


def _with_parameters(test, tests):
    before = tests[tests.index(test) - 1]
    return before + test if before.startswith("@pytest.mark.parametrize") else test


@pytest.mark.parametrize("item", RULES, ids=lambda item: item.code)
def test_every_rule_is_tested_raised_not_raised_and_not_applicable(item):
    assert EXPECTED.get(item.code, EVERY_OUTCOME) <= outcomes_tested(item.code)


def test_every_rule_has_a_module_of_its_own():
    modules = Counter(item.find.__module__ for item in RULES)
    assert set(modules.values()) == {1}
    assert all(name.startswith("valuation.flags.") for name in modules)


@pytest.mark.parametrize("item", RULES, ids=lambda item: item.code)
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_sentence_has_its_number_and_its_limit(item, language):
    assert "{number}" in getattr(item.sentence, language)
    assert "{limit}" in getattr(item.sentence, language)

"""Is what a gate looked at called as people call it, in every language?"""

from __future__ import annotations

import pytest

from valuation.jurisdictions.reading import read_jurisdiction
from valuation.languages.spoken import speaking
from valuation.release.gate_words import measure_words


@pytest.mark.parametrize(
    ("language", "measure", "said"),
    [
        ("en", "coverage of size_band 050-079 m2", "coverage of the size 50–79 m²"),
        ("nb", "coverage of size_band 050-079 m2", "andel innenfor spennet, størrelse 50–79 m²"),
        (
            "en",
            "level of dwelling_type blokk against the others",
            "level of the type flat in a block against the others",
        ),
        ("nn", "level of market_area RØ against the others", "nivået i området RØ mot dei andre"),
        ("en", "PRB, valid sales", "PRB, valid sales"),
    ],
)
def test_a_group_is_called_by_its_name_and_not_by_its_code(trondheim, language, measure, said):
    with speaking(language):
        assert measure_words(measure, read_jurisdiction(trondheim)) == said

"""Does the tree in words say what the tree does, in three languages, and can it be followed by hand?"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from tests.valuation.disclosure.test_home_owner_page import BANNED
from valuation.appraisal.appraise import appraise, known_dwellings
from valuation.explanation.tree_path import Condition, TreePath, TreeWords, conditions_of_leaf, tree_paths
from valuation.explanation.tree_picture import TreePicture, leaves_in_words
from valuation.languages.language import LANGUAGES

INF = math.inf


@pytest.fixture(scope="module")
def asked(small_run, small_bundle):
    """2,000 rows: the whole roll, and recorded sales as if they were valued at the valuation date."""
    roll = pd.read_parquet(small_run / "roll.parquet")
    sales = pd.read_parquet(small_run / "sales.parquet")[roll.columns.intersection(["dwelling_id"])].head(500)
    again = sales.merge(roll, on="dwelling_id")
    table = pd.concat([roll, again, roll.tail(500)]).head(2000).reset_index(drop=True)
    known = known_dwellings(table, small_bundle)
    features = small_bundle.models.features_of(known, small_bundle.jurisdiction.valuation_date)
    answers = appraise(small_bundle, table).table
    return features, answers


@pytest.fixture(scope="module")
def paths(asked, small_bundle):
    features, answers = asked
    return tree_paths(small_bundle.models, features, answers["tree_value"], answers["appraised_value"])


def words(bundle, language):
    return TreeWords(bundle.models, bundle.jurisdiction, language)


# -- the way is the tree's -------------------------------------------------------------------------------------------


def test_the_way_ends_at_the_leaf_that_the_tree_uses_for_2000_rows(asked, paths, small_bundle):
    models = small_bundle.models
    leaves = models.tree_.apply(asked[0][models.tree_columns_].to_numpy(np.float64))
    assert len(paths) == 2000
    assert [path.leaf for path in paths] == leaves.tolist()


def test_every_fact_lies_within_the_bounds_told_of_it(paths):
    def reckoned(condition):
        return np.float64(np.float32(condition.stands_for if math.isnan(condition.own) else condition.own))

    outside = [
        (path.leaf, item) for path in paths for item in path.conditions if not item.low < reckoned(item) <= item.high
    ]
    assert outside == []


def test_the_bounds_of_a_leaf_hold_for_no_other_leaf(small_bundle):
    tree, names = small_bundle.models.tree_, small_bundle.models.tree_columns_
    leaves = np.flatnonzero(tree.left_ < 0)
    boxes = {
        frozenset((c.feature, c.low, c.high) for c in conditions_of_leaf(tree, int(leaf), names)) for leaf in leaves
    }
    assert len(boxes) == len(leaves) > 5


def test_what_the_tree_says_is_the_tree_value_of_the_answer_and_its_leaf(asked, paths, small_bundle):
    tree, stored = small_bundle.models.tree_, asked[1]["tree_value"]
    valued = [(path, value) for path, value in zip(paths, stored, strict=True) if not math.isnan(value)]
    assert len(valued) > 1900
    assert [path.tree_value for path, _ in valued] == [int(value) for _, value in valued]
    # At the valuation date the index is 1: the leaf is the answer.
    assert [abs(path.tree_value - np.exp(tree.value_[path.leaf])) <= 0.51 for path, _ in valued] == [True] * len(valued)


def test_a_dwelling_without_a_value_has_no_number_from_the_tree_either(asked, paths, small_bundle):
    without = [path for path, value in zip(paths, asked[1]["appraised_value"], strict=True) if math.isnan(value)]
    assert without
    said = words(small_bundle, "nb").sentences(without[0])
    assert said == ["Boligen har ingen verdi, så heller ikke den enkle regnemåten sier noe."]


# -- in words --------------------------------------------------------------------------------------------------------


def a_path(bundle, **own):
    """A way with one condition of each kind, its numbers chosen by hand."""
    usual = float(np.median(bundle.models.maker_.pool_.location_part))
    conditions = (
        Condition("living_area_m2", 60.0, 85.5, 70.0),
        Condition("rooms", -INF, 4.5, math.nan, 3.0),
        Condition("has_lift", 0.5, INF, 1.0),
        Condition("age_years", 17.3, 83.2, 45.0),
        Condition("building_level", usual + math.log(0.9), usual + math.log(1.12), usual + math.log(1.05)),
    )
    return TreePath(**{"leaf": 0, "conditions": conditions, "n_sales": 1374, "tree_value": 4_043_801} | own)


GOLDEN = {
    "nb": [
        "Det finnes en enklere regnemåte som kan følges for hånd. Den spør bare om dette:",
        "– Bruksareal (BRA): over 60 og høyst 85,5 m² (her 70 m²)",
        "– Rom: høyst 4 (her ikke registrert; vi regner med 3, som er midt blant salgene)",
        "– Heis: ja",
        "– Byggeår: fra 1943 til 2008 (her 1981)",
        "– Salgspriser i bygningen: fra 10 % under til 12 % over det vanlige (her 5 % over det vanlige)",
        "Boliger som passer med alt dette, settes til 4 043 801 kroner. Det bygger på 1 374 salg.",
        "Det er 456 199 kroner (10 %) mindre enn verdien vi har kommet fram til, 4 500 000 kroner.",
        "«Det vanlige» er det boliger av samme størrelse, alder og slag er solgt for i kommunen som helhet. Er det få "
        "salg på stedet, teller nabolaget med.",
    ],
    "nn": [
        "Det finst ein enklare reknemåte som kan følgjast for hand. Han spør berre om dette:",
        "– Bruksareal (BRA): over 60 og høgst 85,5 m² (her 70 m²)",
        "– Rom: høgst 4 (her ikkje registrert; vi reknar med 3, som er midt blant sala)",
        "– Heis: ja",
        "– Byggjeår: frå 1943 til 2008 (her 1981)",
        "– Salsprisar i bygningen: frå 10 % under til 12 % over det vanlege (her 5 % over det vanlege)",
        "Bustader som passar med alt dette, blir sette til 4 043 801 kroner. Det byggjer på 1 374 sal.",
        "Det er 456 199 kroner (10 %) mindre enn verdien vi har kome fram til, 4 500 000 kroner.",
        "«Det vanlege» er det bustader av same storleik, alder og slag er selde for i kommunen som heilskap. Er det få "
        "sal på staden, tel nabolaget med.",
    ],
    "en": [
        "There is a simpler way of reckoning that can be followed by hand. It asks only this:",
        "– Usable area (BRA): over 60, at most 85.5 m² (here 70 m²)",
        "– Rooms: at most 4 (here not recorded; 3 is used, the middle of the sales)",
        "– Lift: yes",
        "– Year built: from 1943 to 2008 (here 1981)",
        "– Sale prices in the building: from 10% below to 12% above the usual (here 5% above the usual)",
        "To homes that answer to this it gives 4,043,801 kroner. That rests on 1,374 sales.",
        "That is 456,199 kroner (10%) less than the value we have arrived at, 4,500,000 kroner.",
        "“The usual” is what homes of the same size, age and kind have sold for in the place as a whole. Where there "
        "are few sales, those nearby count too.",
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_reads_as_it_should(language, small_bundle):
    said = words(small_bundle, language).sentences(a_path(small_bundle, appraised_value=4_500_000))
    # No-break spaces hold numbers together; they read as spaces.
    assert [line.replace("\u00a0", " ") for line in said] == GOLDEN[language]


@pytest.mark.parametrize(
    ("appraised_value", "said"),
    [
        (4_000_000, "Det er 43 801 kroner (1 %) mer enn verdien vi har kommet fram til, 4 000 000 kroner."),
        (4_043_801, "Det er det samme som verdien vi har kommet fram til."),
    ],
)
def test_the_distance_to_the_value_says_which_way_it_goes(appraised_value, said, small_bundle):
    lines = words(small_bundle, "nb").sentences(a_path(small_bundle, appraised_value=appraised_value))
    assert said in [line.replace("\u00a0", " ") for line in lines]


@pytest.mark.parametrize(
    ("low", "high", "own", "said"),
    [
        (-INF, 0.98, 0.9, "minst 2 % under det vanlige (her 10 % under det vanlige)"),
        (0.98, INF, 1.2, "ikke mer enn 2 % under det vanlige (her 20 % over det vanlige)"),
        (-INF, 1.1, 1.0, "ikke mer enn 10 % over det vanlige (her det vanlige)"),
        (1.1, INF, 1.104, "mer enn 10 % over det vanlige (her 10,4 % over det vanlige)"),
        (0.8, 0.9, 0.85, "fra 10 % til 20 % under det vanlige (her 15 % under det vanlige)"),
        (1.1, 1.2, 1.15, "fra 10 % til 20 % over det vanlige (her 15 % over det vanlige)"),
    ],
)
def test_prices_of_a_place_are_told_against_the_usual(low, high, own, said, small_bundle):
    usual = float(np.median(small_bundle.models.maker_.pool_.location_part))
    level = [usual + math.log(share) if math.isfinite(share) else share for share in (low, high, own)]
    line = words(small_bundle, "nb").line(Condition("area_level", *level))
    assert line.replace("\u00a0", " ") == f"Salgspriser i området: {said}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_modelling_trade_is_used(language, paths, small_bundle):
    told = words(small_bundle, language)
    text = "\n".join(line for path in paths[:300] for line in told.sentences(path))
    assert re.findall(BANNED, text, flags=re.IGNORECASE) == []
    assert "nan" not in text
    assert "inf" not in text


def test_the_year_told_is_the_year_recorded_for_every_dwelling_of_the_roll(asked, paths, small_bundle):
    now = small_bundle.jurisdiction.valuation_date.year
    told = words(small_bundle, "en")
    years = [
        (told._years(item), round(now - item.own))
        for path in paths
        for item in path.conditions
        if item.feature == "age_years" and not math.isnan(item.own)
    ]
    assert len(years) > 1000
    assert [pair for pair in years if not (pair[0][0] or -INF) <= pair[1] <= (pair[0][1] or INF)] == []


# -- the picture -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_shows_every_leaf_and_says_so_in_text_too(language, small_bundle):
    models = small_bundle.models
    picture = TreePicture(models, words(small_bundle, language))
    drawn = ElementTree.fromstring(picture.svg())
    shown = [item.text or "" for item in drawn.iter("{http://www.w3.org/2000/svg}text")]
    n_leaves = int((models.tree_.left_ < 0).sum())
    amounts = [text for text in shown if "kroner" in text]
    assert len(amounts) == n_leaves
    assert sorted(amounts) == sorted(re.findall(r"[\d\u00a0,]+\u00a0kroner", "\n".join(picture.lines())))
    assert drawn.find("{http://www.w3.org/2000/svg}desc").text == " ".join(picture.lines())
    assert len(leaves_in_words(models, words(small_bundle, language))) == n_leaves


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_run_keeps_the_picture_and_the_text_of_its_tree(language, small_run, small_bundle):
    picture = TreePicture(small_bundle.models, words(small_bundle, language))
    assert (small_run / "explain" / f"tree.{language}.svg").read_text("utf-8") == picture.svg()
    text = (small_run / "explain" / f"tree.{language}.txt").read_text("utf-8").splitlines()
    assert text[0] == picture.title
    assert set(leaves_in_words(small_bundle.models, words(small_bundle, language))) <= set(text)


def test_the_way_of_a_dwelling_is_drawn_over_the_others(paths, small_bundle):
    picture = TreePicture(small_bundle.models, words(small_bundle, "nb"))
    plain, own = picture.svg(), picture.svg(paths[0].leaf)
    assert "#0b5394" not in plain
    assert own.count("font-weight='600'") > plain.count("font-weight='600'")
    assert ElementTree.fromstring(own) is not None


def test_following_the_text_by_hand_ends_where_the_tree_ends(asked, paths, small_bundle):
    lines = TreePicture(small_bundle.models, words(small_bundle, "en")).lines()
    amounts = {re.search(r"[\d,]+\u00a0kroner", line)[0] for line in lines if "sales)" in line}
    answers = {f"{path.tree_value:,}\u00a0kroner" for path in paths if path.tree_value is not None}
    assert answers <= amounts

"""The page as a browser and a reader without eyes meet it: one file, no network, pictures with tables, no script."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from tests.read_pages import sentences
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.languages.language import LANGUAGES
from valuation.report.material import Material
from valuation.report.page import pages
from valuation.report.run_folder import RunFolder

FILES = {"nb": "index.html", "nn": "index.nn.html", "en": "index.en.html"}
SYNTHETIC = {"en": "Synthetic data", "nb": "Syntetiske data", "nn": "Syntetiske data"}


class Outline(HTMLParser):
    """For each picture: whether a table follows it before the next heading of a section."""

    def __init__(self, text):
        super().__init__()
        self.order = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in ("svg", "table", "h2", "figcaption"):
            self.order.append(tag)


def test_the_page_asks_the_network_for_nothing(text, read_page):
    loads = [tag for tag, found in read_page.tags if tag in ("script", "link", "img", "iframe") or "src" in found]
    assert loads == []
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", text))
    # Names of XML vocabularies, which nothing fetches.
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_page_fits_a_telephone(read_page):
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in read_page.all("meta")
    tables = [found for tag, found in read_page.tags if tag == "div" and "scroll" in found.get("class", "")]
    assert len(tables) >= len(read_page.all("table"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_speaks_one_language_and_leads_to_the_same_page_in_the_others(texts, read_text, language):
    page = read_text(texts[language])
    assert page.all("html")[0]["lang"] == language
    links = {found["hreflang"]: found["href"] for found in page.all("a") if "hreflang" in found}
    assert links == {other: file for other, file in FILES.items() if other != language}
    assert len([found for found in page.all("section") if found.get("class") == "council"]) == 1


def test_the_first_language_of_the_place_is_opened_first(texts):
    assert '<html lang="nb">' in texts["nb"]
    assert FILES["nb"] == "index.html"


def test_a_jurisdiction_of_one_language_has_one_page(small_run, trondheim):
    place = read_jurisdiction(trondheim).model_copy(update={"languages": ("en",)})
    written, _ = pages(Material(RunFolder(small_run), place, 50))
    assert list(written) == ["index.html"]
    assert "hreflang" not in written["index.html"]


def test_the_pages_say_the_same_figures_in_every_language(texts, read_text):
    figures = {
        language: [(item.value, item.marks) for item in read_text(text).figures] for language, text in texts.items()
    }
    assert len(figures["en"]) > 500
    assert figures["nb"] == figures["nn"] == figures["en"]


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_no_sentence_of_a_norwegian_page_is_english(texts, trondheim, language):
    english = sentences(texts["en"]) & sentences(texts[language])
    # Reasons a jurisdiction file gives in English, settings by their names, and hashes with their libraries.
    of_the_file = {item.reason for item in read_jurisdiction(trondheim).left_out}
    left = {text for text in english - of_the_file if not re.fullmatch(r"[\w.,-]+|lightgbm .*|\{.*\}", text)}
    assert {text for text in left if not re.fullmatch(r"([a-z-]+(, )?)+", text)} == set()


def test_headings_go_down_one_level_at_a_time(read_page):
    levels = [int(tag[1]) for tag, _ in read_page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(below - above for above, below in pairwise(levels)) <= 1


def test_every_header_cell_says_what_it_heads(read_page):
    assert {found.get("scope") for found in read_page.all("th")} == {"col", "row"}


def test_every_table_has_a_caption(read_page):
    assert len(read_page.all("caption")) == len(read_page.all("table")) > 20


def test_every_picture_says_what_it_shows_and_has_a_table_beside_it(read_page, text):
    pictures = read_page.all("svg")
    assert len(pictures) >= 8
    assert all(found["role"] == "img" and found["aria-label"] for found in pictures)
    order = Outline(text).order
    followed = [
        next((after for after in order[place + 1 :] if after in ("table", "h2", "figcaption")), "")
        for place, tag in enumerate(order)
        if tag == "svg"
    ]
    assert set(followed) <= {"table", "figcaption"}


def test_ids_are_given_once(read_page):
    ids = [found["id"] for _, found in read_page.tags if "id" in found]
    assert len(ids) == len(set(ids))


def test_every_link_in_the_page_leads_somewhere(read_page):
    ids = {found["id"] for _, found in read_page.tags if "id" in found}
    inside = {found["href"].lstrip("#") for found in read_page.all("a") if found["href"].startswith("#")}
    assert inside <= ids
    assert len(inside) > 15


def test_the_keyboard_meets_the_skip_link_first_and_every_box_that_scrolls(read_page):
    reached = [
        (tag, found)
        for tag, found in read_page.tags
        if tag in ("a", "input", "summary") or found.get("tabindex") == "0"
    ]
    assert reached[0][1]["href"] == "#main"
    assert all(found.get("tabindex") == "0" for found in read_page.all("div") if "scroll" in found.get("class", ""))
    assert all(found.get("aria-label") for _, found in reached if found.get("role") == "region")


@pytest.mark.parametrize("language", LANGUAGES)
def test_synthetic_data_is_called_synthetic_in_each_language_before_any_figure(texts, language):
    text = texts[language]
    begin = text.index(f'id="council-{language}"')
    assert begin < text.index(SYNTHETIC[language], begin) < text.index("<data", begin)


def test_synthetic_data_is_called_synthetic_at_every_table_of_figures(text):
    captions = re.findall(r"<table>\s*<caption><span>(.*?)</span>(.*?)</table>", text, flags=re.DOTALL)
    silent = [caption for caption, table in captions if "<data" in table and "Synthetic data" not in caption]
    # Sizes of files are no figures about dwellings.
    assert silent == ["Raw tables this run read"]


def test_all_three_models_stand_side_by_side(read_page):
    assert {"boosted model", "decision tree", "baseline"} <= {word.strip() for word in read_page.words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_the_models_insides_stay_off_the_council_page(texts, language):
    text = texts[language]
    council = text[text.index('<section class="council') : text.index("<nav aria-label=")]
    council = re.sub("<[^>]*>", " ", council)
    for word in ("SHAP", "quantile", "kvantil", "conformal", "konform", "boosted", "LightGBM"):
        assert word.lower() not in council.lower()


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_norwegian_figures_are_written_as_norwegians_write_them(texts, language):
    shown = re.findall(r"<data[^>]*>([^<]*)</data>", texts[language])
    assert len(shown) > 500
    assert [figure for figure in shown if "." in figure] == []


def test_what_the_council_page_says_is_there_for_machines(small_run):
    told = json.loads((small_run / "report" / "report.json").read_text("utf-8"))
    assert told["is_synthetic"] is True
    assert {"dwellings", "error", "balance", "districts", "sureness", "goals"} <= set(told["facts"])
    assert told["facts"]["dwellings"]["figures"]["n"]["value"] == 1500
    # A small town has too few sales to compare its districts; it says so, and misses nothing else.
    assert {fact["missing"] for fact in told["facts"].values()} <= {"", "few"}


def test_the_report_is_small(text):
    assert len(text.encode()) < 2_000_000


def council(page):
    """Return what is read on the council page, as running text."""
    words = " ".join(page.words)
    return " ".join(words[: re.search("The detail|Detaljene|Detaljane", words).start()].split())


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", r"sold to 100: the dearest then lie [\d.]+ points (lower|higher) than the cheapest"),
        ("nb", r"alle boligene til 100\. Da ligger de dyreste [\d,]+ poeng (lavere|høyere) enn de rimel"),
        ("nn", r"alle bustadene til 100\. Då ligg dei dyraste [\d,]+ poeng (lågare|høgare) enn dei rimel"),
    ],
)
def test_the_difference_of_cheap_and_dear_is_told_as_points_of_the_whole(texts, read_text, language, sentence):
    # VEI divides by the median ratio of all sales, so it is no percentage of the cheapest.
    said = council(read_text(texts[language]))
    assert re.search(sentence, said)
    assert re.search(r"% (lower|higher), against|% (lavere|høyere|lågare|høgare) enn", said) is None


@pytest.fixture
def all_marked(a_copy):
    """A run in which every sale carries a flag."""
    sales = pd.read_parquet(a_copy / "holdout_values.parquet")
    sales["appraised_value"] = sales["sale_price"] * 2
    sales.assign(flags="far").to_parquet(a_copy / "holdout_values.parquet")
    return a_copy


def test_where_every_large_error_is_marked_no_rest_is_spoken_of(made, all_marked):
    norwegian, english = council(made(all_marked, language="nb")), council(made(all_marked))
    assert "var 100 % merket (" in norwegian
    assert re.search("Resten|The others|found this way|denne måten", norwegian + english) is None


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("nb", "1 ville ikke blitt funnet på denne måten."),
        ("nn", "1 ville ikkje blitt funnen på denne måten."),
        ("en", "1 would not have been found this way."),
    ],
)
def test_large_errors_that_no_flag_marks_are_counted(made, all_marked, language, sentence):
    sales = pd.read_parquet(all_marked / "holdout_values.parquet")
    sales.loc[sales.index[sales["is_valid_sale"]][:1], "flags"] = ""
    sales.to_parquet(all_marked / "holdout_values.parquet")
    assert sentence in council(made(all_marked, language=language))


def test_a_missed_goal_is_told_in_sentences(texts, read_text):
    said = council(read_text(texts["nb"]))
    missed = re.findall(
        r"[^.]+: Tallet ble [\d,−]+ ?\. Målet er (?:høyst|minst|mellom) [\d,−]+(?: og [\d,−]+)?\.", said
    )
    assert len(missed) >= 1
    assert "skulle vært" not in said

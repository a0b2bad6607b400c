import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.jurisdictions.cell_text import read_dates, read_numbers, read_texts, read_whole_numbers, read_yes_or_no


def numbers(text, decimal=".", thousands=""):
    return read_numbers(pa.array([text], pa.string()), decimal, thousands).values[0]


def is_refused(read):
    return any(mask.any() for mask in read.bad.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4 850 000", 4_850_000.0),
        ("4\N{NO-BREAK SPACE}850\N{NO-BREAK SPACE}000,50", 4_850_000.5),
        ("4\N{NARROW NO-BREAK SPACE}850\N{NARROW NO-BREAK SPACE}000", 4_850_000.0),
        ("4850000", 4_850_000.0),
        (" 120 ", 120.0),
        ("\N{NO-BREAK SPACE}120,5", 120.5),
        ("-3,5", -3.5),
        ("\N{MINUS SIGN}3,5", -3.5),
        ("+7", 7.0),
    ],
)
def test_a_norwegian_number_is_read_with_any_blank_between_thousands(text, value):
    assert numbers(text, ",", "space") == value


@pytest.mark.parametrize(
    "text",
    [
        "1.5",
        "1,5,0",
        "12 34",
        "1 2345",
        "1_000",
        "kr 120",
        "120,-",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "1e999",
        "0x10",
        "٣",
        "१२",
        "½",
        "--",
        "3 m2",
        "4 850 00",
        "true",
        "1,5e3",
    ],
)
def test_what_is_no_number_in_this_style_is_refused_and_not_guessed(text):
    read = read_numbers(pa.array([text]), ",", "space")
    assert np.isnan(read.values[0])
    assert read.bad["not_a_number"][0]


@pytest.mark.parametrize(
    ("text", "value"), [("1.72e+006", 1_720_000.0), ("2.", 2.0), (".5", 0.5), ("1E3", 1000.0), ("0301", 301.0)]
)
def test_a_number_of_a_program_is_read(text, value):
    assert numbers(text) == value


def test_a_thousands_sign_that_is_not_declared_is_refused():
    assert np.isnan(numbers("1,234"))
    assert np.isnan(numbers("1 234"))


def test_a_thousands_sign_that_is_declared_is_dropped():
    assert numbers("1,234,567.5", ".", ",") == 1_234_567.5
    assert numbers("1.234.567,5", ",", ".") == 1_234_567.5


def test_a_number_too_large_to_hold_is_refused():
    assert is_refused(read_numbers(pa.array(["1" + "0" * 400])))


def test_a_missing_cell_is_missing_and_not_bad():
    read = read_numbers(pa.array([None], pa.string()))
    assert np.isnan(read.values[0])
    assert not read.bad


def test_a_broken_number_of_rooms_is_refused_and_a_whole_one_with_a_point_is_not():
    read = read_whole_numbers(pa.array(["2.5", "3.0"]))
    assert read.bad["not_a_whole_number"].tolist() == [True, False]
    assert read.values[1] == 3.0


@given(st.integers(-(10**14), 10**14), st.integers(0, 99), st.sampled_from([" ", "\xa0", "\u202f", "\u2009"]))
def test_any_amount_written_in_norwegian_is_read_exactly(whole, hundredths, blank):
    text = f"{whole:,}".replace(",", blank) + f",{hundredths:02d}"
    assert numbers(text, ",", "space") == float(f"{whole}.{hundredths:02d}")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_float_written_by_a_program_is_read_exactly(value):
    assert numbers(repr(value)) == value


@given(st.text(max_size=12))
def test_any_text_is_read_as_the_number_it_is_or_refused(text):
    read = read_numbers(pa.array([text], pa.string()))
    stripped = text.strip().replace("\N{MINUS SIGN}", "-")
    expected = float(stripped) if not is_refused(read) else np.nan
    np.testing.assert_equal(read.values[0], expected)


@given(st.lists(st.sampled_from(["1,5", "x", "", "2 000", "-1"]), min_size=1, max_size=20))
def test_a_cell_is_read_alike_whatever_stands_beside_it(texts):
    together = read_numbers(pa.array(texts, pa.string()), ",", "space").values
    np.testing.assert_equal(together, [numbers(text, ",", "space") for text in texts])


def test_a_date_is_read_in_its_format_only():
    read = read_dates(pa.array(["960423", "961332", None]), "%y%m%d")
    assert read.values.astype("datetime64[D]").astype(str).tolist() == ["1996-04-23", "NaT", "NaT"]
    assert read.bad["not_a_date"].tolist() == [False, True, False]


def test_an_iso_date_may_carry_a_time():
    read = read_dates(pa.array(["2015-03-01", "2015-03-01T10:20:30", "01.03.2015", "2015-02-30"]))
    assert read.bad["not_a_date"].tolist() == [False, False, True, True]
    assert str(read.values[1].astype("datetime64[D]")) == "2015-03-01"


def test_yes_and_no_are_read_in_norwegian_and_english_and_nothing_else():
    read = read_yes_or_no(pa.array(["Ja", "NEI", "1", "false", "kanskje", None]))
    np.testing.assert_equal(read.values, [1, 0, 1, 0, np.nan, np.nan])
    assert read.bad["not_yes_or_no"].tolist() == [False, False, False, False, True, False]


@pytest.mark.parametrize(
    "text", ["10.des", "10.des.", "des.10", "10-Dec", "Dec-10", "3. mai", "1.50E+10", "1,5E+10", "12.jan.24"]
)
def test_an_identity_damaged_by_a_spreadsheet_is_refused(text):
    read = read_texts(pa.array([text]), is_identity=True)
    assert read.bad["damaged_by_spreadsheet"][0]
    assert read.values[0] is None


@pytest.mark.parametrize(
    "text", ["0301", "10/12", "None", "NA", "null", "nan", "1e3", "12E", "des", "H0101", "5001-123/45/0/2"]
)
def test_an_identity_is_kept_letter_for_letter(text):
    read = read_texts(pa.array([text]), is_identity=True)
    assert read.values[0] == text
    assert not read.bad

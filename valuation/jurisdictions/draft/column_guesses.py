"""What may this column of a stranger's table be? Guesses from names and values, each with its reason.

Used by `draft.py` only: a draft is read and corrected by a person. Ingest itself guesses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from valuation.jurisdictions.cell_text import FALSE_WORDS, TRUE_WORDS, read_dates, read_numbers

MISSING_WORDS = (
    "NA",
    "N/A",
    "n/a",
    "NaN",
    "nan",
    "NULL",
    "null",
    "None",
    "none",
    "-",
    "--",
    ".",
    "?",
    "ukjent",
    "Ukjent",
    "#N/A",
)
NUMBER_STYLES = ((".", ""), (",", ""), (",", "space"), (".", ","), (",", "."), (".", "space"))
DATE_FORMATS = (
    None,
    "%Y%m%dT%H%M%S",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y-%m",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d.%m.%y",
    "%y%m%d",
    "%Y.%m.%d",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%Y%m",
)

NAMES: dict[str, str] = {
    "prior_value": r"^avalue|assess|appraisedval|takst|ligningsverdi|formuesverdi|tax_?val|marketvalue",
    "joint_debt": r"fellesgjeld|joint_?debt|andel_?gjeld",
    "price": r"^(sale_?|sold_?|resale_?|selling_?|transaction_?|total_?)?price$|kjøpesum|kjopesum|salgspris|^pris$|"
    r"^salgssum|vederlag|totalpris|omsetningspris|^price_|_price$|^amount$|consideration",
    "date": r"^(sale_?|sold_?|transaction_?|registration_?)?date|_date$|dato|tinglyst|^sdate$|^month$|solgt|^sold",
    "dwelling_id": r"^(dwelling_?|property_?|house_?|bolig_?|parcel_?|unit_?|object_?)?(id|nr|no|number)$|^pin$|^apn$|"
    r"matrikkel|^parcel|bruksenhet|eiendoms_?id",
    "sale_id": r"^(sale|deed|document|dokument|salg|transaction)_?(id|nr|no)",
    "longitude": r"^(long|lon|lng|longitude|lengdegrad)$|_(lon|lng|longitude)$",
    "latitude": r"^(lat|latitude|breddegrad)$|_(lat|latitude)$",
    "x": r"^(x|east|easting|øst|ost|utm_?(x|e|øst|ost)|x_?koord.*|x_epsg\d+|x_utm.*|x_m)$",
    "y": r"^(y|north|northing|nord|utm_?(y|n|nord)|y_?koord.*|y_epsg\d+|y_utm.*|y_m)$",
    "living_area": r"^(sqft_?living|living_?area|floor_?area|bra|bruksareal|boareal|p_?rom|primærrom|tla|area|"
    r"areal|kvm|m2|sqm|sqft|size|bra_i|boligareal|gr(oss)?_?liv_?area|usable_?area)($|_?(m2|sqm|sqft|kvm)$)",
    "plot_area": r"^(sqft_?lot|lot_?(size|area|sqft)|plot_?area|tomte?_?(areal|m2)?|land_?(area|size|sqft))"
    r"($|_?(m2|sqm|sqft)$)",
    "built_year": r"^(yr|year)_?built$|^buil(d|ding|t)_?(year|yr)$|^year_?(of_?)?(build|construction|constructed)$|"
    r"bygge?_?(å|aa|a)r|^built(_?year)?$|construction_?year|lease_commence|^byggeaar$",
    "renovated_year": r"renov|rehab|remodel|oppuss",
    "floor": r"^(floor|etasje|storey|level|floor_?(no|number)|storey_range)$",
    "dwelling_type": r"^(flat|house|home|dwelling|property|building|bolig|bygnings?)_?(type|kind)$|^type$|^stories$",
    "market_area": r"zip|post_?(al|nr|nummer|code|sted)|^town$|zone|sone|bydel|district|neighbou?rhood|grunnkrets|"
    r"delområde|suburb|ward|^area_?(name|code)$|market_area|kommune(nr)?$|municipality",
    "building": r"^(block|blk|bygning(snr|_?nr)?|building(_?(id|no|nr))?)$",
    "street": r"^(street|street_?name|gate|gatenavn|vei|veinavn|adressenavn)$",
    "address": r"^(address|adresse|gateadresse|street_?address)$",
    "tenure": r"tenure|eierform|eieform|ownership",
    "person": r"owner|eier(?!form)|hjemmelshaver|buyer|seller|kjøper|selger|fødsel|birth|ssn|personnr|phone|e_?mail",
}
"""Regular expressions on the lower-case name of a column, Norwegian and English."""

_MISSING_WHEN_ZERO = r"frontage|depth|bredde|dybde|year|yr_|_yr|år$|aar$"
_ORDINAL = r"grade|condition|quality|view|tilstand|standard|kvalitet|utsikt|rating|overall"


@dataclass
class Guess:
    """What a column seems to be.

    Attributes
    ----------
    kind : str
        number, integer, ordinal, boolean, category, date or text.
    role : str
        A key of `NAMES`, or nothing.
    may_be : tuple of str
        Roles its name speaks for.
    """

    name: str
    text: pd.Series
    kind: str = "text"
    role: str = ""
    may_be: tuple[str, ...] = ()
    numbers: np.ndarray = field(default_factory=lambda: np.zeros(0))
    missing: tuple[str, ...] = ("",)
    date_format: str | None = None
    reason: str = ""

    @property
    def n_levels(self) -> int:
        """Different texts that are not missing."""
        return int(self.text[~self.text.isin(self.missing)].nunique())

    @property
    def is_unique(self) -> bool:
        """Whether hardly any text stands twice."""
        return self.n_levels > 0.9 * len(self.text)


def guess_number_style(columns: dict[str, pd.Series]) -> tuple[str, str, str]:
    """Return decimal sign, thousands sign and the reason: the plainest style that reads most cells."""
    sample = [pa.array(text.head(2000).tolist(), pa.string()) for text in columns.values()]
    counts = {}
    for decimal, thousands in NUMBER_STYLES:
        counts[decimal, thousands] = sum(
            int((~np.isnan(read_numbers(text, decimal, thousands).values)).sum()) for text in sample
        )
    best = max(counts.values())
    decimal, thousands = next(style for style in NUMBER_STYLES if counts[style] == best)
    shown = {"": "none", "space": "a blank"}.get(thousands, thousands)
    return decimal, thousands, f"{best:,} cells read as numbers so (decimal {decimal}, thousands {shown})"


def guess_columns(columns: dict[str, pd.Series], decimal: str, thousands: str) -> dict[str, Guess]:
    """Guess kind and role of each column.

    Parameters
    ----------
    columns : dict of str to pandas.Series of str
        All cells as text.
    """
    guesses = {name: _guess(name, text, decimal, thousands) for name, text in columns.items()}
    _settle_roles(guesses)
    return guesses


def _guess(name: str, text: pd.Series, decimal: str, thousands: str) -> Guess:
    guess = Guess(name, text)
    there = sorted(set(text.unique()) & set(MISSING_WORDS))
    known = text[~text.isin(["", *there])]
    read = read_numbers(pa.array(text.tolist(), pa.string()), decimal, thousands)
    n_numbers = int((~np.isnan(read.values)).sum())
    if len(known) and n_numbers >= 0.98 * len(known):
        # Words for 'not known' are believed only where all else is numbers: a zone may be called NA.
        guess.missing = ("", *there)
        guess.numbers = read.values
        guess.kind = _kind_of_numbers(name, read.values)
    elif len(known) and guess.n_levels == 2 and set(known.str.lower()) <= {*TRUE_WORDS, *FALSE_WORDS}:
        guess.kind = "boolean"
    elif len(known):
        guess.kind = "category" if known.nunique() <= max(30, len(known) // 20) else "text"
    guess.may_be = tuple(role for role, pattern in NAMES.items() if re.search(pattern, name.lower()))
    return guess


def _kind_of_numbers(name: str, values: np.ndarray) -> str:
    known = values[~np.isnan(values)]
    levels = np.unique(known)
    if len(levels) <= 2 and set(levels) <= {0.0, 1.0}:
        return "boolean"
    if not (known == np.round(known)).all():
        return "number"
    if len(levels) <= 15 and re.search(_ORDINAL, name.lower()):
        return "ordinal"
    return "integer"


def _settle_roles(guesses: dict[str, Guess]) -> None:
    """Keep each role for the column that fits it best, and none for values that cannot be what the name says."""
    for role in NAMES:
        free = [guess for guess in guesses.values() if not guess.role and role in guess.may_be]
        fitting = [guess for guess in free if _fits(guess, role)]
        if role not in ("person", "prior_value"):
            fitting = [_best(fitting)] if fitting else []
        for guess in fitting:
            guess.role = role


def _best(guesses: list[Guess]) -> Guess:
    # The fullest column; of equal ones the first.
    return max(guesses, key=lambda guess: int((~guess.text.isin(guess.missing)).sum()))


_RANGES = {
    "living_area": (5, 20_000),
    "plot_area": (1, 1e8),
    "built_year": (1500, 2100),
    "price": (100, 1e12),
    "longitude": (-180, 180),
    "latitude": (-90, 90),
}


def _fits(guess: Guess, role: str) -> bool:
    if role in _RANGES:
        known = guess.numbers[~np.isnan(guess.numbers)]
        known = known[known != 0]
        low, high = _RANGES[role]
        return bool(len(known) and low <= np.median(known) <= high)
    if role == "date":
        guess.date_format, share = guess_date_format(guess.text)
        return share > 0.98
    if role in ("dwelling_type", "market_area", "tenure"):
        return 2 <= guess.n_levels <= 2_000
    if role in ("dwelling_id", "sale_id"):
        return guess.n_levels > 0.3 * len(guess.text)
    return True


def guess_date_format(text: pd.Series) -> tuple[str | None, float]:
    """Return the date format that reads most cells as days since 1950, and their share."""
    sample = text[text != ""].head(5000)
    array = pa.array(sample.tolist(), pa.string())
    best: tuple[str | None, float] = (None, 0.0)
    for date_format in DATE_FORMATS:
        days = read_dates(array, date_format).values
        good = (days >= np.datetime64("1950-01-01")) & (days <= np.datetime64("2100-01-01"))
        share = float(good.mean()) if len(days) else 0.0
        if share > best[1] + 0.001:
            best = (date_format, share)
    return best


def number_range(guess: Guess) -> str | None:
    """Return the pattern of texts such as `07 TO 09` or `10-12`, where all are of this kind."""
    pattern = r"(\d+) *(?:TO|to|til|-|–) *(\d+)"
    known = guess.text[~guess.text.isin(guess.missing)]
    is_range = known.str.fullmatch(pattern)
    return pattern if len(known) and bool(is_range.all()) else None


def zero_is_missing(guess: Guess) -> bool:
    """Whether a zero in this column means 'not known': a year or a measure that cannot be nought."""
    known = guess.numbers[~np.isnan(guess.numbers)]
    has_zero = bool((known == 0).any()) and bool((known > 0).any())
    return has_zero and bool(
        re.search(_MISSING_WHEN_ZERO, guess.name.lower())
        or guess.role in ("living_area", "plot_area", "built_year", "renovated_year")
    )


def said_again(guesses: dict[str, Guess], price: Guess, days: np.ndarray) -> Iterator[tuple[str, str]]:
    """Yield columns that only repeat the price, the date or the year built, with the reason."""
    log_price = np.log(np.where(price.numbers > 0, price.numbers, np.nan))
    built = next((guess for guess in guesses.values() if guess.role == "built_year"), None)
    for name, guess in guesses.items():
        if guess.role or not len(guess.numbers):
            continue  # a column that is needed is not left out on a likeness
        if abs(_correlation(_log(guess.numbers), log_price)) > 0.97 or re.search(
            r"pri[cs]e?_?(per|pr)|per_m2|kvmpris", name.lower()
        ):
            yield (
                name,
                "follows the price so closely that it must be made of it: it would not be known for unsold dwellings",
            )
        elif built is not None and abs(_correlation(guess.numbers, built.numbers)) > 0.999:
            yield name, "says the year built again"
        elif _is_made_of(guess.text, days):
            yield name, "is the same for all sales of a day: it says the date again"


def _log(values: np.ndarray) -> np.ndarray:
    return np.log(np.where(values > 0, values, np.nan))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    known = ~np.isnan(a) & ~np.isnan(b)
    if known.sum() < 30 or np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return 0.0
    return float(np.corrcoef(a[known], b[known])[0, 1])


def _is_made_of(text: pd.Series, days: np.ndarray) -> bool:
    by_day = text.groupby(days).nunique()
    several = text.groupby(days).size() > 1
    return bool(text.nunique() > 1 and several.sum() >= 10 and (by_day[several] == 1).all())

"""Where does the invented municipality lie? A fjord to the north, a centre on it, three valleys and a ridge.

Every name is made up of ordinary Norwegian words; likeness to a real place is chance. Positions are metres in
EPSG:25832, around a point where land of this shape could lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

CENTRE_X_M: Final = 570_000.0
CENTRE_Y_M: Final = 7_034_000.0
MUNICIPALITY_CODE: Final = "5001"


class Zone(NamedTuple):
    """An assessment zone (takstsone) as the office draws it."""

    code: str
    name: str
    district: str
    east_km: float
    south_km: float
    weight: float
    """Relative number of dwellings."""
    urbanity: float
    """0 farms and scattered houses, 1 blocks wall to wall."""
    era: int
    """Year around which most of it was built."""
    level: float
    """Log price level that is not distance to the centre."""


# One code is `NA` and some hold Ø, Æ, Å: a reader that takes them for missing or mangles them is found out here.
ZONES: Final = (
    Zone("TB", "Torgbyen", "Indrebyen", 0.0, 0.3, 4.2, 1.00, 1925, 0.10),
    Zone("BS", "Bryggesida", "Indrebyen", 0.8, -0.2, 3.2, 1.00, 2008, 0.16),
    Zone("VH", "Vollhaugen", "Indrebyen", -1.1, 0.5, 3.4, 0.85, 1930, 0.13),
    Zone("NA", "Nordre Aunet", "Indrebyen", 1.7, 0.7, 4.6, 0.90, 1948, 0.02),
    Zone("SL", "Skolelia", "Indrebyen", 0.2, 1.5, 3.8, 0.75, 1936, 0.14),
    Zone("MØ", "Møllebakken", "Indrebyen", 1.4, 1.8, 4.0, 0.80, 1955, 0.00),
    Zone("IV", "Ivarvika", "Vestfjæra", -3.0, 0.6, 2.4, 0.45, 1950, 0.17),
    Zone("TR", "Trollhaugan", "Vestfjæra", -4.2, 1.5, 2.6, 0.35, 1965, 0.06),
    Zone("HK", "Hjellkleiva", "Vestfjæra", -5.6, 2.4, 2.0, 0.25, 1974, -0.02),
    Zone("SF", "Sandfjæra", "Vestfjæra", -6.5, 0.8, 1.6, 0.20, 1978, 0.10),
    Zone("GR", "Granlunden", "Vestfjæra", -3.6, 2.7, 3.0, 0.55, 1969, -0.05),
    Zone("BB", "Bergsbukta", "Vestfjæra", -8.2, 1.2, 0.9, 0.08, 1970, 0.03),
    Zone("LØ", "Løvåsen", "Vestfjæra", -5.0, 3.9, 2.0, 0.30, 1988, 0.01),
    Zone("RF", "Rabbfjæra", "Austfjæra", 3.0, 0.3, 3.6, 0.80, 2004, 0.04),
    Zone("LD", "Lauvdalen", "Austfjæra", 4.2, 1.2, 3.4, 0.55, 1958, -0.03),
    Zone("KN", "Kringneset", "Austfjæra", 5.5, -0.1, 1.8, 0.30, 1962, 0.14),
    Zone("TO", "Tuftan", "Austfjæra", 5.2, 2.3, 3.0, 0.60, 1971, -0.10),
    Zone("ES", "Elgsletta", "Austfjæra", 7.0, 1.2, 2.6, 0.50, 1976, -0.08),
    Zone("VI", "Vikåkeren", "Austfjæra", 8.6, 0.8, 1.8, 0.25, 1984, 0.00),
    Zone("MS", "Myrsletta", "Austfjæra", 9.8, 2.5, 1.6, 0.30, 1994, -0.07),
    Zone("FT", "Fosstrøa", "Langdalen", 0.5, 3.2, 4.0, 0.70, 1964, -0.02),
    Zone("KL", "Klokkarlia", "Langdalen", -0.6, 4.5, 3.4, 0.50, 1968, 0.03),
    Zone("TJ", "Tjønnmyra", "Langdalen", 1.0, 5.7, 4.2, 0.65, 1973, -0.11),
    Zone("SB", "Storbekken", "Langdalen", 0.2, 7.3, 3.0, 0.40, 1982, -0.08),
    Zone("HM", "Heggmoen", "Langdalen", -0.8, 9.1, 2.2, 0.35, 1990, -0.04),
    Zone("ØL", "Øvre Langdalen", "Langdalen", 0.6, 12.2, 1.2, 0.10, 1980, -0.06),
    Zone("KV", "Kvernhusmoen", "Langdalen", 1.8, 15.6, 1.6, 0.20, 1986, -0.10),
    Zone("BM", "Brattmoen", "Kvernådalen", 3.0, 4.0, 3.2, 0.55, 1966, -0.04),
    Zone("UT", "Utsikten", "Kvernådalen", 4.4, 4.8, 2.2, 0.35, 1998, 0.07),
    Zone("RØ", "Røsslyngen", "Kvernådalen", 5.8, 6.1, 2.6, 0.45, 1979, -0.09),
    Zone("SN", "Snekkarmoen", "Kvernådalen", 7.2, 7.8, 1.6, 0.25, 1995, -0.05),
    Zone("JB", "Jordbrua", "Kvernådalen", 9.1, 9.6, 0.8, 0.06, 1960, -0.09),
    Zone("HÅ", "Høgåsen", "Høgåsen", -2.2, 4.2, 2.6, 0.40, 1961, 0.08),
    Zone("FU", "Furukollen", "Høgåsen", -3.0, 5.6, 2.4, 0.35, 1985, 0.05),
    Zone("LY", "Lyngheia", "Høgåsen", -4.0, 7.2, 1.6, 0.25, 2002, 0.03),
    Zone("SK", "Skrenten", "Høgåsen", -2.4, 8.4, 1.4, 0.15, 1992, 0.00),
    Zone("SÆ", "Sætermarka", "Høgåsen", -4.8, 10.1, 0.7, 0.04, 1955, -0.06),
)
DISTRICTS: Final = tuple(dict.fromkeys(zone.district for zone in ZONES))

_STREET_STEMS: Final = (
    "Alm Ask Asp Bjørke Bringebær Bregne Einer Furu Gran Hassel Hegg Kastanje Linde Lønne Nype Or Rogn Rose Selje "
    "Blåbær Tyttebær Multe Molte Kløver Smørblomst Fiol Hvitveis Konvall Liljekonvall Marihand Mose Lyng Røsslyng Siv "
    "Bekke Dam Elve Foss Kilde Tjønn Vann Vik Strand Fjære Naust Brygge Sand Stein Svaberg Berg Fjell Haug Knaus Kolle "
    "Li Mark Myr Moe Eng Åker Jorde Hage Beite Seter Løe Stabbur Smie Kvern Mølle Sag Teglverk Ull Garn Reip Segl Båt "
    "Fisk Laks Ørret Sild Torsk Måke Terne Ugle Svale Trost Meise Spurv Stær Lerke Gjøk Falk Hauk Ørn Rype Tiur Orre "
    "Hare Rev Elg Hjort Rådyr Bever Oter Ekorn Grevling Mår Mus Skole Kirke Torg Stasjons Post Bakeri Skomaker Snekker "
    "Urmaker Skredder Bokbinder Sol Måne Stjerne Nord Sør Øst Vest Vinter Sommer Høst Vår Snø Rim Dugg Skodde Regnbue"
).split()
_STREET_ENDS: Final = (
    "vegen", "gata", "bakken", "lia", "svingen", "stien", "tunet", "kroken", "haugen", "kleiva", "allmenningen",
    "gjerdet", "løkka", "stredet", "smauet", "brinken",
)  # fmt: skip


class Field:
    """A smooth random surface of mean 0 and sd 1 over the map.

    Parameters
    ----------
    rng : numpy.random.Generator
    length_m : float
        Distance over which it changes.
    """

    def __init__(self, rng: np.random.Generator, length_m: float, n_waves: int = 48) -> None:
        self._wave_x = rng.normal(0, 1 / length_m, n_waves)
        self._wave_y = rng.normal(0, 1 / length_m, n_waves)
        self._phase = rng.uniform(0, 2 * np.pi, n_waves)

    def at(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """Return the surface at points; shape as `x_m`."""
        height = np.zeros(len(x_m))
        for wave_x, wave_y, phase in zip(self._wave_x, self._wave_y, self._phase, strict=True):
            height += np.cos(wave_x * (x_m - CENTRE_X_M) + wave_y * (y_m - CENTRE_Y_M) + phase)
        return height * np.sqrt(2 / len(self._phase))


@dataclass(frozen=True)
class Municipality:
    """The map: zones, statistical tracts in them, and the surfaces that make places differ."""

    tracts: pd.DataFrame
    """One row is a grunnkrets: `tract, zone, x_m, y_m, spread_m, era, weight`."""
    surfaces: dict[str, Field]

    def elevation_m(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """Metres above the fjord: rising inland, with hills."""
        inland = (shore_y_m(x_m) - y_m).clip(0) / 1000
        return (12 * inland + 45 + 45 * self.surfaces["hills"].at(x_m, y_m)).clip(2, 400)


def shore_y_m(x_m: np.ndarray) -> np.ndarray:
    """Northing of the shore line; north of it is fjord."""
    km = (np.asarray(x_m) - CENTRE_X_M) / 1000
    return CENTRE_Y_M + 900 + 350 * np.sin(km / 1.7) + 250 * np.sin(km / 0.6 + 1)


def on_land(x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
    """Northing of the same points, those in the fjord mirrored on to the land."""
    shore = shore_y_m(x_m) - 15
    return np.where(y_m > shore, 2 * shore - y_m, y_m)


def make_municipality(rng: np.random.Generator, n_dwellings: int) -> Municipality:
    """Draw the map for a municipality of about `n_dwellings`: more dwellings, more tracts in the same zones."""
    weights = np.array([zone.weight for zone in ZONES])
    wanted = weights / weights.sum() * n_dwellings / 330
    zone = np.repeat(np.arange(len(ZONES)), np.clip(np.round(wanted), 1, 40).astype(int))
    urbanity = np.array([item.urbanity for item in ZONES])[zone]
    spread = 450 + 900 * (1 - urbanity)
    x = CENTRE_X_M + 1000 * np.array([item.east_km for item in ZONES])[zone] + rng.normal(0, 1, len(zone)) * spread
    y = CENTRE_Y_M - 1000 * np.array([item.south_km for item in ZONES])[zone] + rng.normal(0, 1, len(zone)) * spread
    tracts = pd.DataFrame(
        {
            "tract": [f"{MUNICIPALITY_CODE}{number:04d}" for number in 101 + np.arange(len(zone))],
            "zone": zone,
            "x_m": x,
            "y_m": on_land(x, y),
            "spread_m": 110 + 260 * (1 - urbanity),
            # Whole quarters go up within a few years of each other.
            "era": np.array([item.era for item in ZONES])[zone] + np.round(rng.normal(0, 14, len(zone))),
            "weight": weights[zone] * rng.gamma(6, 1 / 6, len(zone)),
        }
    )
    surfaces = {
        "hills": Field(rng, 1400),
        "reputation": Field(rng, 2200),  # schools, who else lives there
        "quarter": Field(rng, 500),
        "stretch": Field(rng, 90),  # the busy road, the shadow of the hill: under any column's resolution
    }
    return Municipality(tracts, surfaces)


def street_names(rng: np.random.Generator, n_streets: int) -> np.ndarray:
    """Return `n_streets` different invented street names, text."""
    names = [f"{stem}{end}" for stem in _STREET_STEMS for end in _STREET_ENDS]
    shuffled = [names[index] for index in rng.permutation(len(names))]
    for word in ("Øvre", "Nedre", "Gamle", "Nye", "Søndre", "Vestre", "Austre", "Indre", "Ytre"):
        if len(shuffled) >= n_streets:
            break
        shuffled += [f"{word} {name}" for name in shuffled[: len(names)]]
    repeats = -(-n_streets // len(shuffled))
    many = shuffled + [f"{name} {turn}" for turn in range(2, repeats + 1) for name in shuffled]
    return np.array(many[:n_streets], dtype=object)

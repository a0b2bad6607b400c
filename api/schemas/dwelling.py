"""What must be said of a dwelling to value it? The request model, made of the data dictionary of the jurisdiction."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, create_model

from api.schemas.wire import Name, Received, without_control_characters
from valuation.dwellings.characteristics import Characteristic
from valuation.explanation.fact_words import WHOLE_KINDS
from valuation.jurisdictions.jurisdiction import Jurisdiction

LARGEST = 1e12
"""No fact and no amount of money is larger: beyond it float64 is no longer exact to the unit for long."""
LEVEL = Annotated[str, StringConstraints(max_length=200), AfterValidator(without_control_characters)]


class DwellingBase(Received):
    """What is said of every dwelling, wherever it lies."""

    dwelling_id: Name = Field(
        description="Identity in the register, or one of your own: own earlier sales are found by it."
    )
    prior_value: int | None = Field(
        None, ge=1, le=int(LARGEST), description="Value of the last valuation, in whole units of the currency."
    )


def dwelling_model(jurisdiction: Jurisdiction) -> type[DwellingBase]:
    """Return the model of one dwelling: a field for each characteristic, and the coordinates.

    A fact that is not known is null. One that every value hangs on must be named, if only as null; others may be left
    out. Levels nobody has seen are text like others: the value says so by a flag.
    """
    fields: dict[str, Any] = {name: _field(item) for name, item in jurisdiction.characteristics.items()}
    place = jurisdiction.coordinates
    if place is not None:
        west, south, east, north = place.bounds
        fields["x_m"] = _metres(west, east, f"Metres to the east in {place.crs}")
        fields["y_m"] = _metres(south, north, f"Metres to the north in {place.crs}")
    return create_model(
        "Dwelling",
        __base__=DwellingBase,
        __doc__=f"A dwelling in {jurisdiction.title.en}, as its register knows it.",
        **fields,
    )


def valuation_request(jurisdiction: Jurisdiction, most: int) -> type[Received]:
    """Return the model of a request for values of one up to `most` dwellings."""
    dwelling = dwelling_model(jurisdiction)
    return create_model(
        "ValuationRequest",
        __base__=Received,
        __doc__="Dwellings to be valued. To try another fact, send the dwelling with it: the answer is the what-if.",
        dwellings=(list[dwelling], Field(min_length=1, max_length=most)),  # type: ignore[valid-type]
    )


def _metres(low: float, high: float, description: str) -> Any:
    return (Annotated[float, Field(ge=low, le=high)] | None, Field(description=description))


def _field(item: Characteristic) -> Any:
    # One that all hangs on is named even when not known: left out by mistake, it would pass for a fact nobody has.
    default: Any = ... if item.required else None
    return (_type_of(item) | None, Field(default, title=item.labels.en, description=_description(item)))


def _type_of(item: Characteristic) -> Any:
    if item.kind == "boolean":
        return bool
    if item.is_categorical:
        return LEVEL
    low, high = item.possible or (-LARGEST, LARGEST)
    return Annotated[int if item.kind in WHOLE_KINDS else float, Field(ge=low, le=high)]


def _description(item: Characteristic) -> str:
    usual = f"usual: {item.plausible[0]:g} to {item.plausible[1]:g}" if item.plausible else ""
    levels = f"levels: {', '.join(item.levels)}" if item.levels else ""
    unit = f"in {item.unit}" if item.unit else ""
    return "; ".join(part for part in (unit, usual, levels, f"source: {item.source}") if part)


def example_of(jurisdiction: Jurisdiction) -> dict[str, Any]:
    """Return a dwelling as an example, made of what the data dictionary calls usual."""
    example: dict[str, Any] = {"dwelling_id": "an-example"}
    example |= {name: _usual(item) for name, item in jurisdiction.characteristics.items() if item.required}
    if jurisdiction.coordinates is not None:
        west, south, east, north = jurisdiction.coordinates.bounds
        example |= {"x_m": (west + east) / 2, "y_m": (south + north) / 2}
    return example


def _usual(item: Characteristic) -> Any:
    if item.kind == "boolean":
        return False
    if item.is_categorical:
        return item.levels[0] if item.levels else "A"
    low, high = item.plausible or item.possible or (0.0, 100.0)
    return round((low * high) ** 0.5) if low > 0 else round((low + high) / 2)

"""How are dwellings told as features on a map? In the shape of OGC API Features, part 1."""

from __future__ import annotations

from typing import Any, Literal

from api.schemas.wire import Sent


class LinkAnswer(Sent):
    """Where something lies."""

    href: str
    rel: str
    type: str
    title: str


class LandingAnswer(Sent):
    """Where to begin."""

    title: str
    description: str
    links: list[LinkAnswer]


class ConformanceAnswer(Sent):
    """Which classes of requirements are met."""

    conformsTo: list[str]  # noqa: N815 - named by the standard


class CollectionAnswer(Sent):
    """A collection of features."""

    id: str
    title: str
    description: str
    extent: dict[str, Any]
    itemType: Literal["feature"]  # noqa: N815 - named by the standard
    crs: list[str]
    links: list[LinkAnswer]


class CollectionsAnswer(Sent):
    """All collections."""

    collections: list[CollectionAnswer]
    links: list[LinkAnswer]


class FeatureAnswer(Sent):
    """A dwelling as a point; without a geometry where its place is not known."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]
    links: list[LinkAnswer] | None = None


class FeaturesAnswer(Sent):
    """A part of the features."""

    type: Literal["FeatureCollection"]
    features: list[FeatureAnswer]
    numberReturned: int  # noqa: N815 - named by the standard
    timeStamp: str  # noqa: N815 - named by the standard
    links: list[LinkAnswer]

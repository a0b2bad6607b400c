"""How do values get onto a map? In the shape of OGC API Features, so that QGIS opens them: GeoJSON in WGS84."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BeforeValidator

from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.parameters import Cursor, Identity, plain_digits
from api.problem import Problem
from api.routes.dwellings import AskedValues, content_of
from api.routes.exports import DWELLING_COLUMNS, SEPARATOR
from api.schemas.feature import (
    CollectionAnswer,
    CollectionsAnswer,
    ConformanceAnswer,
    FeatureAnswer,
    FeaturesAnswer,
    LandingAnswer,
    LinkAnswer,
)
from api.service import Service
from api.tables import features
from api.words import words_of
from valuation.jurisdictions.coordinates import box_in_metres, to_degrees
from valuation.jurisdictions.jurisdiction import Coordinates
from valuation.review.workflow import stamp

router = APIRouter(prefix="/features", tags=["features"])
COLLECTION = "dwellings"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CLASSES = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
]
GEOJSON = "application/geo+json"
CollectionId = Annotated[str, Path(pattern=Identity)]
FeatureLimit = Annotated[int, BeforeValidator(plain_digits), Query(ge=1, le=1_000, description="How many at a time.")]
Box = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,15})?(,-?[0-9]{1,3}(\.[0-9]{1,15})?){3}$",
        description="west,south,east,north in degrees of WGS84.",
    ),
]


@router.get("", summary="Where to begin")
def landing(request: Request) -> LandingAnswer:
    """Return the landing page."""
    base = _base(request)
    links = [
        _link(base, "self", "This page"),
        _link(f"{base}/conformance", "conformance", "Classes that are met"),
        _link(f"{base}/collections", "data", "Collections"),
        _link(f"{base.removesuffix('/features')}/openapi.json", "service-desc", "Description", _OPENAPI),
    ]
    return LandingAnswer(title="Values of dwellings", description="Released values as points on the map.", links=links)


@router.get("/conformance", summary="Which classes are met")
def conformance() -> ConformanceAnswer:
    """Return the classes of requirements that are met."""
    return ConformanceAnswer(conformsTo=CLASSES)


@router.get("/collections", summary="All collections")
def collections(request: Request, service: TheService) -> CollectionsAnswer:
    """Return the collections; there is one, the roll in force."""
    link = _link(f"{_base(request)}/collections", "self", "Collections")
    return CollectionsAnswer(collections=[_collection(request, service)], links=[link])


@router.get("/collections/{collection_id}", summary="One collection", responses=problems(404))
def one_collection(collection_id: CollectionId, request: Request, service: TheService) -> CollectionAnswer:
    """Return the collection."""
    _need_collection(collection_id)
    return _collection(request, service)


_AS_GEOJSON: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {}}}, **problems(404)}


@router.get(
    "/collections/{collection_id}/items", summary="Features", response_model=FeaturesAnswer, responses=_AS_GEOJSON
)
def items(
    collection_id: CollectionId,
    request: Request,
    service: TheService,
    actor: CurrentActor,
    query: AskedValues,
    bbox: Box = None,
    limit: FeatureLimit = 100,
    cursor: Cursor = None,
) -> Response:
    """Return dwellings as points, by dwelling id; those of the query, within the box."""
    _need_collection(collection_id)
    where, box = _coordinates(service), _box(bbox)
    asked = query if box is None else replace(query, bounds=box_in_metres(box, where))
    page = service.rolls.values(asked, limit=limit, cursor=cursor)
    hidden = service.hidden_from(actor, asked.roll_id)
    told = [_row(content_of(value, hidden)) for value in page.values]
    found = [one for one in features(DWELLING_COLUMNS, told, where) if box is None or _lies_in(one, box)]
    links = [{"href": str(request.url), "rel": "self", "type": GEOJSON, "title": "This part"}]
    if page.next_cursor is not None:
        further = str(request.url.include_query_params(cursor=page.next_cursor))
        links.append({"href": further, "rel": "next", "type": GEOJSON, "title": "The next part"})
    body = {
        "type": "FeatureCollection",
        "features": found,
        "numberReturned": len(found),
        "timeStamp": stamp(service.now()),
        "links": links,
    }
    return Response(json.dumps(body, ensure_ascii=False, allow_nan=False), media_type=GEOJSON)


@router.get(
    "/collections/{collection_id}/items/{feature_id}",
    summary="One feature",
    response_model=FeatureAnswer,
    responses=_AS_GEOJSON,
)
def one_item(
    collection_id: CollectionId,
    feature_id: Annotated[str, Path(pattern=Identity)],
    request: Request,
    service: TheService,
    actor: CurrentActor,
) -> Response:
    """Return a dwelling as a point."""
    _need_collection(collection_id)
    value = service.value_in_sight(feature_id, actor)
    hidden = {value.dwelling_id} if service.hides_value(value, actor) else ()
    [feature] = features(DWELLING_COLUMNS, [_row(content_of(value, hidden))], _coordinates(service))
    collection = f"{_base(request)}/collections/{COLLECTION}"
    feature["links"] = [
        {"href": str(request.url), "rel": "self", "type": GEOJSON, "title": "This dwelling"},
        {"href": collection, "rel": "collection", "type": "application/json", "title": "Dwellings"},
    ]
    return Response(json.dumps(feature, ensure_ascii=False, allow_nan=False), media_type=GEOJSON)


_OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


def _row(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"flags": SEPARATOR.join(content["flags"])}


def _base(request: Request) -> str:
    path = request.url.path
    return str(request.url.replace(path=path[: path.index("/features") + len("/features")], query=""))


def _link(href: str, rel: str, title: str, kind: str = "application/json") -> LinkAnswer:
    return LinkAnswer(href=href, rel=rel, type=kind, title=title)


def _need_collection(collection_id: str) -> None:
    if collection_id != COLLECTION:
        raise Problem(404, "collection-not-found", words_of("collection-not-found"))


def _coordinates(service: Service) -> Coordinates:
    where = service.bundle.jurisdiction.coordinates
    if where is None:
        raise Problem(404, "no-coordinates", words_of("no-coordinates"))
    return where


def _collection(request: Request, service: Service) -> CollectionAnswer:
    west, south, east, north = _coordinates(service).bounds
    x_m, y_m = np.array([west, east, west, east]), np.array([south, south, north, north])
    longitude, latitude = to_degrees(x_m, y_m, _coordinates(service))
    box = [float(value) for value in (longitude.min(), latitude.min(), longitude.max(), latitude.max())]
    base = f"{_base(request)}/collections/{COLLECTION}"
    return CollectionAnswer(
        id=COLLECTION,
        title=service.bundle.jurisdiction.title.en,
        description="Dwellings of the released roll with value, range and flags.",
        extent={"spatial": {"bbox": [box], "crs": CRS84}},
        itemType="feature",
        crs=[CRS84],
        links=[_link(base, "self", "Dwellings"), _link(f"{base}/items", "items", "Features", GEOJSON)],
    )


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem(422, "not-a-box", words_of("not-a-box"), pointer="?bbox")
    return west, south, east, north


def _lies_in(feature: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    if feature["geometry"] is None:
        return False
    east, north = feature["geometry"]["coordinates"]
    return box[0] <= east <= box[2] and box[1] <= north <= box[3]

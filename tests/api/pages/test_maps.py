"""Do the maps show every place, with no mark and no label upon another, and stay small for a whole town?"""

from __future__ import annotations

import itertools
import random

import pytest

from api.pages.cases_map import HEIGHT, SQUARE, WIDTH, cases_map, framed
from api.pages.labels import box_of
from api.pages.place_map import _LETTER, _LINE, place_map
from valuation.review.repository import CasePlace


def town(n: int, seed: int = 1) -> list[CasePlace]:
    """Cases in thirty districts, dense in their middles, and some that lie together to the metre."""
    drawn = random.Random(seed)
    middles = [(drawn.uniform(0, 20_000), drawn.uniform(0, 14_000), f"A{number}") for number in range(30)]
    places = []
    for number in range(n):
        x, y, area = drawn.choice(middles)
        at = (round(drawn.gauss(x, 400), -1), round(drawn.gauss(y, 400), -1))
        places.append(CasePlace(f"case-{number}", f"value-{number}", area, *at))
    return places


def overlap(one, other) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


@pytest.mark.parametrize("n", [1, 2, 30, 400, 12_000])
def test_every_case_is_counted_in_one_circle_and_no_two_circles_touch(n):
    drawn = cases_map(town(n))
    assert sum(circle.n for circle in drawn.circles) == n
    assert len(drawn.circles) <= (WIDTH // SQUARE) * (HEIGHT // SQUARE)
    for one, other in itertools.combinations(drawn.circles, 2):
        assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= (one.r + other.r - 0.2) ** 2
    for circle in drawn.circles:
        assert circle.r <= circle.x <= WIDTH - circle.r + 0.1
        assert circle.r <= circle.y <= HEIGHT - circle.r + 0.1


def test_names_of_areas_cover_neither_circles_nor_one_another():
    drawn = cases_map(town(2_000))
    names = [box_of(name.x, name.y, name.text, letter=8.6, line=17.0) for name in drawn.names]
    circles = [(one.x - one.r, one.y - one.r, one.x + one.r, one.y + one.r) for one in drawn.circles]
    assert len(names) > 5
    assert not any(overlap(one, other) for one, other in itertools.combinations(names, 2))
    assert not any(overlap(name, circle) for name in names for circle in circles)


def test_a_circle_leads_to_the_part_of_the_map_with_just_its_cases():
    places = town(500)
    drawn = cases_map(places)
    for circle in drawn.circles:
        x_from, y_from, x_to, y_to = circle.bounds
        inside = [one for one in places if x_from <= one.x_m <= x_to and y_from <= one.y_m <= y_to]
        assert len(inside) == circle.n


def test_a_part_of_the_map_lies_whole_in_its_frame_and_the_frame_is_its_own():
    bounds = (1_000.0, 2_000.0, 1_500.0, 2_900.0)
    frame = framed(bounds)
    assert frame[0] <= bounds[0]
    assert frame[1] <= bounds[1]
    assert frame[2] >= bounds[2]
    assert frame[3] >= bounds[3]
    assert (frame[2] - frame[0]) / (frame[3] - frame[1]) == pytest.approx(WIDTH / HEIGHT)


def test_without_any_place_there_is_no_map():
    assert cases_map([]) is None
    assert cases_map([CasePlace("case", "value", "A", None, None)]) is None


def test_one_place_alone_is_not_blown_up_to_fill_the_map():
    drawn = cases_map([CasePlace("case", "value", "A", 10.0, 10.0)])
    assert drawn.bounds[2] - drawn.bounds[0] > 60
    assert (drawn.circles[0].n, drawn.circles[0].alone.case_id) == (1, "case")


@pytest.mark.parametrize("seed", range(30))
def test_no_label_on_the_map_of_a_case_covers_another_or_a_mark(seed):
    drawn_by = random.Random(seed)
    near = [(drawn_by.gauss(0, 300), drawn_by.gauss(0, 300), str(number)) for number in range(1, 6)]
    # Two in one building, and one in the dwelling's own.
    near[1] = (*near[0][:2], "2")
    near[4] = (0.5, 0.5, "5")
    drawn = place_map((0.0, 0.0), near, "a map", "nb")
    named = [*((mark.at, mark.label) for mark in drawn.sales), *((ring.at, ring.label) for ring in drawn.rings)]
    labels = [box_of(*at, said, letter=_LETTER, line=_LINE) for at, said in named if said]
    marks = [(mark.x - 9, mark.y - 9, mark.x + 9, mark.y + 9) for mark in drawn.sales]
    assert "1, 2" in {mark.label for mark in drawn.sales} or any("1, 2" in mark.label for mark in drawn.sales)
    assert not any(overlap(one, other) for one, other in itertools.combinations(labels, 2))
    assert not any(overlap(label, mark) for label in labels for mark in marks)

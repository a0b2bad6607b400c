"""Is somebody who asks too often told to wait, for as long as it takes, and nobody else?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from valuation.access.rate import Rate, RateLimit

TEN_A_MINUTE = Rate(a_minute=10, at_once=3)


def test_so_many_at_once_and_then_a_wait():
    limit = RateLimit(TEN_A_MINUTE)
    assert [limit.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 6]


def test_after_the_wait_that_was_told_the_next_is_answered():
    limit = RateLimit(TEN_A_MINUTE)
    waits = [limit.wait("a", 0.0) for _ in range(4)]
    assert limit.wait("a", waits[-1]) == 0


def test_asking_while_waiting_makes_no_wait_longer():
    limit = RateLimit(TEN_A_MINUTE)
    for _ in range(50):
        limit.wait("a", 0.0)
    assert limit.wait("a", 6.0) == 0


def test_one_that_asks_too_often_is_no_hindrance_to_another():
    limit = RateLimit(TEN_A_MINUTE)
    for _ in range(10):
        limit.wait("a", 0.0)
    assert limit.wait("b", 0.0) == 0


def test_looking_costs_nothing():
    limit = RateLimit(TEN_A_MINUTE)
    for _ in range(3):
        limit.wait("a", 0.0)
    assert [limit.is_spent("a", 0.0), limit.is_spent("a", 6.0), limit.is_spent("b", 0.0)] == [6, 0, 0]


def test_a_flood_of_addresses_fills_no_memory():
    limit = RateLimit(TEN_A_MINUTE, n_askers=100)
    for number in range(10_000):
        limit.wait(str(number), 0.0)
    assert len(limit._left) == 100


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_never_more_than_the_rate_and_what_is_free_at_once(gaps):
    limit, now, answered = RateLimit(TEN_A_MINUTE), 0.0, 0
    for gap in gaps:
        now += gap
        answered += limit.wait("a", now) == 0
    assert answered <= TEN_A_MINUTE.at_once + now * TEN_A_MINUTE.a_minute / 60 + 1e-6


def test_a_question_dearer_than_all_that_is_free_is_answered_when_all_is():
    limit = RateLimit(TEN_A_MINUTE)
    assert limit.wait("a", 0.0, cost=1000) == 0
    assert limit.wait("a", 0.0) == 6

"""Does somebody get the roles and districts the municipality mapped, and nobody more?"""

from __future__ import annotations

import pytest

from valuation.access.claim_mapping import ClaimMapping
from valuation.errors import AccessRefused
from valuation.review.actor import Actor

GROUPS = ClaimMapping(
    user_claim="oid",
    roles_claim="realm_access.roles",
    roles={"EK-saksbehandler": "caseworker", "EK-kontroll": "second_reader"},
    districts_claim="https://kommune.no/bydel",
    districts={"5001-1": "Lade", "5001-2": "Heimdal"},
)


def claims(**changed):
    return {
        "oid": "a1b2",
        "name": "Kari Nordmann",
        "realm_access": {"roles": ["EK-saksbehandler", "offline_access"]},
        "https://kommune.no/bydel": ["5001-1"],
    } | changed


def test_words_of_the_issuer_become_roles_and_districts():
    assert GROUPS.actor(claims()) == Actor("a1b2", frozenset({"caseworker"}), frozenset({"Lade"}))


def test_a_claim_of_one_text_holds_words_between_blanks():
    mapping = ClaimMapping()
    assert mapping.actor({"sub": "a", "roles": "reader analyst"}).roles == {"reader", "analyst"}


def test_without_a_claim_for_districts_everybody_sees_the_whole():
    assert ClaimMapping().actor({"sub": "a", "roles": ["reader"]}).districts is None


def test_a_star_opens_every_district():
    assert GROUPS.actor(claims(**{"https://kommune.no/bydel": ["*"]})).districts is None


@pytest.mark.parametrize("told", [None, [], "9999", ["9999"], 7, {}])
def test_a_missing_or_unknown_district_opens_none(told):
    with pytest.raises(AccessRefused, match="no district") as refused:
        GROUPS.actor(claims(**{"https://kommune.no/bydel": told}))
    assert refused.value.code == "no-district"


@pytest.mark.parametrize("told", [None, {}, {"roles": []}, {"roles": ["administrator"]}, "caseworker", 7])
def test_a_role_that_is_not_mapped_gives_nothing(told):
    with pytest.raises(AccessRefused, match="no role") as refused:
        GROUPS.actor(claims(realm_access=told))
    assert refused.value.code == "no-role"


@pytest.mark.parametrize("told", [None, "", 7, ["a"], "a" * 201, "a\nb"])
def test_an_identity_that_cannot_be_one_is_refused(told):
    with pytest.raises(AccessRefused, match="no usable identity"):
        GROUPS.actor(claims(oid=told))


def test_a_national_identity_number_is_taken_for_no_identity_and_not_repeated():
    with pytest.raises(AccessRefused) as refused:
        GROUPS.actor(claims(oid="01010750160"))
    assert refused.value.code == "identity-is-a-national-number"
    assert "01010750160" not in str(refused.value)


def test_somebody_is_greeted_by_name_and_without_one_by_identity():
    assert GROUPS.display_name(claims()) == "Kari Nordmann"
    assert GROUPS.display_name(claims(name=None)) == "a1b2"

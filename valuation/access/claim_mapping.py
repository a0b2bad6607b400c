"""Which roles and districts does the issuer's word about somebody give here? By a mapping the municipality sets.

Nobody gets a role that is not mapped, and somebody without any role does not come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from valuation.errors import AccessRefused
from valuation.privacy.national_identity_number import contains_one
from valuation.review.actor import ROLES, Actor, Role

EVERYWHERE = "*"
"""The value of the districts' claim that stands for the whole municipality."""


@dataclass(frozen=True)
class ClaimMapping:
    """How claims become an actor. Claim names may lead inward with full stops: `realm_access.roles`."""

    user_claim: str = "sub"
    name_claim: str = "name"
    roles_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=lambda: {role: role for role in ROLES})
    """The issuer's word (a group, an app role) to the role here."""
    districts_claim: str = ""
    """Empty where everybody works in the whole municipality."""
    districts: Mapping[str, str] = field(default_factory=dict)
    """The issuer's word to the market area; empty where they are the same."""

    def actor(self, claims: Mapping[str, Any]) -> Actor:
        """Return who acts.

        Parameters
        ----------
        claims : mapping
            Of an ID token whose signature, issuer, audience, times and nonce were checked.

        Raises
        ------
        AccessRefused
            Without an identity or a role, without a district where districts are set, or when the identity is a
            national identity number.
        """
        return Actor(self._user(claims), self._roles(claims), self._districts(claims))

    def display_name(self, claims: Mapping[str, Any]) -> str:
        """Return how the person is greeted; their identity where the issuer tells no name."""
        name = _claim(claims, self.name_claim)
        return str(name)[:100] if isinstance(name, str) and name.strip() else self._user(claims)

    def _user(self, claims: Mapping[str, Any]) -> str:
        user = _claim(claims, self.user_claim)
        if not isinstance(user, str) or not 1 <= len(user) <= 200 or not user.isprintable():
            raise AccessRefused(
                f"the issuer told no usable identity in the claim {self.user_claim!r}",
                expected="a text of 1 to 200 characters that stays the same for this person",
                remedy="set VALUATION_OIDC_USER_CLAIM to a claim the issuer sends, such as sub or oid",
                code="no-identity",
            )
        if contains_one(user):
            raise AccessRefused(
                f"the claim {self.user_claim!r} is a national identity number, which is kept nowhere here",
                expected="an identity of the office",
                remedy="set VALUATION_OIDC_USER_CLAIM to another claim, such as sub or oid",
                code="identity-is-a-national-number",
            )
        return user

    def _roles(self, claims: Mapping[str, Any]) -> frozenset[Role]:
        told = _texts(_claim(claims, self.roles_claim))
        roles = frozenset(self.roles[word] for word in told if word in self.roles)
        if not roles:
            raise AccessRefused(
                "this person has no role here",
                expected=f"one of these words in the claim {self.roles_claim!r}: {', '.join(sorted(self.roles))}",
                remedy="whoever administers the municipality's login can give the role",
                code="no-role",
            )
        return roles

    def _districts(self, claims: Mapping[str, Any]) -> frozenset[str] | None:
        if not self.districts_claim:
            return None
        told = _texts(_claim(claims, self.districts_claim))
        if EVERYWHERE in told:
            return None
        known = frozenset(self.districts.get(word, "") for word in told) - {""} if self.districts else frozenset(told)
        if not known:
            # A claim that is missing must not open the whole municipality.
            raise AccessRefused(
                "this person has no district here",
                expected=f"a market area, or {EVERYWHERE!r} for all, in the claim {self.districts_claim!r}",
                remedy="whoever administers the municipality's login can give the district",
                code="no-district",
            )
        return known


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its own name (which may be an address with full stops in it), else by the way inward."""
    if name in claims:
        return claims[name]
    held: Any = claims
    for part in name.split("."):
        if not isinstance(held, Mapping) or part not in held:
            return None
        held = held[part]
    return held


def _texts(claim: Any) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else []

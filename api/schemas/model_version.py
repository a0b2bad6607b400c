"""How are model versions and their record told?"""

from __future__ import annotations

from typing import Literal

from api.schemas.wire import Received, Sent, Text


class EntryAnswer(Sent):
    """A line of the record: a version was registered, became live, or was left again."""

    number: int
    action: Literal["register", "promote", "promote by hand", "roll back"]
    model_version: str
    replaces: str
    at: str
    by: str
    reason: str
    second: str
    sha256: str
    """Hash of the entry, chained to the one before: kept elsewhere, it shows whether the record was cut."""


class ModelVersionAnswer(Sent):
    """A model version of the record."""

    model_version: str
    manifest_sha256: str
    is_live: bool
    """Whether it is the champion of the record."""
    is_candidate: bool
    """Whether it was registered last."""
    is_served: bool
    """Whether this service values with it."""
    entries: list[EntryAnswer]


class ModelVersionsAnswer(Sent):
    """All versions, the newest first."""

    model_versions: list[ModelVersionAnswer]


class PromotionAnswer(Sent):
    """What became of a promotion or a way back."""

    entry: EntryAnswer
    is_new: bool
    """False when the version was live already: nothing was added."""


class ProposalAnswer(Sent):
    """That a version goes live against a gate, or again: it waits for a second person, signed in as themselves."""

    number: int
    deed: Literal["promote by hand", "roll back"]
    model_version: str
    live: str
    """Version that was live when it was proposed."""
    by: str
    at: str
    reason: str
    state: Literal["waits", "outrun", "carried out", "withdrawn"]
    """outrun: another version went live meanwhile."""
    ended_by: str


class ProposalsAnswer(Sent):
    """All proposals, the newest first."""

    proposals: list[ProposalAnswer]


class RollbackBody(Received):
    """Why one is to go back."""

    reason: Text

"""How are model versions and their record told?"""

from __future__ import annotations

from typing import Literal

from api.schemas.wire import Name, Received, Sent, Text


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


class RollbackBody(Received):
    """Why, and who agreed. Who asks is the first of the two."""

    reason: Text
    second: Name

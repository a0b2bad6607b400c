"""How is the record of versions kept where MLflow is? Beside its own registered models, whose aliases follow it.

The registered model named after the jurisdiction carries one tag per entry (``record.000001``); the record is the sum
of these tags and is checked like any other. ``candidate`` and ``champion`` are MLflow's aliases: they are set after the
entry, and again at the next look when somebody was stopped between the two.

MLflow has no way to add a tag only if it is not there: one writer at a time is kept by a lock on the artefact folder,
which holds for one machine. Who keeps the store on a server promotes from one machine.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valuation.adapters.mlflow_tracking import artefact_folder, silence, tracking_uri
from valuation.models.registry import (
    Entry,
    ModelRegistry,
    aliases_of,
    chained,
    check_record,
    folder_of,
    other_was_first,
)

_TAG = "record."
_PAGE = 200


class MlflowRegistry:
    """A registry in an MLflow store.

    Parameters
    ----------
    uri : str, optional
        The store; by default the one that runs are tracked in.
    artefacts : Path, optional
        Folder the lock lies in; by default that of tracked artefacts.
    """

    def __init__(self, uri: str | None = None, artefacts: Path | None = None) -> None:
        silence()
        import mlflow

        self.uri = uri or tracking_uri()
        self.artefacts = artefacts or artefact_folder()
        self.artefacts.mkdir(parents=True, exist_ok=True)
        self._client = mlflow.MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def __str__(self) -> str:
        return f"MLflow ({self.uri})"

    def jurisdictions(self) -> list[str]:
        """Return the names of all jurisdictions with a record, sorted."""
        found: list[Any] = []
        token = None
        while token != "":
            part = self._client.search_registered_models(max_results=_PAGE, page_token=token)
            found += part
            token = part.token or ""
        return sorted(model.name for model in found if any(tag.startswith(_TAG) for tag in model.tags))

    def record(self, jurisdiction: str) -> tuple[Entry, ...]:
        """Return the entries in order, checked to hang together."""
        model = self._model(jurisdiction)
        tags = {} if model is None else {key: text for key, text in model.tags.items() if key.startswith(_TAG)}
        entries = [Entry.from_json(tags[key], f"the tag {key} of {jurisdiction}") for key in sorted(tags)]
        return check_record(entries, jurisdiction)

    def append(self, entry: Entry, *, after: int) -> Entry:
        """Add an entry behind number `after`, whole or not at all, then move MLflow's aliases."""
        with self._alone(entry.jurisdiction):
            record = self.record(entry.jurisdiction)
            if len(record) != after:
                raise other_was_first(entry.jurisdiction)
            if self._model(entry.jurisdiction) is None:
                self._client.create_registered_model(entry.jurisdiction)
            kept = chained(entry, record)
            if entry.action == "register":
                self._version_of(entry)
            # One write of the store: from here on the entry counts.
            self._client.set_registered_model_tag(entry.jurisdiction, f"{_TAG}{kept.number:06d}", kept.as_json())
            self._set_aliases(entry.jurisdiction, (*record, kept))
        return kept

    def aliases(self, jurisdiction: str) -> dict[str, str]:
        """Return ``candidate`` and ``champion`` as MLflow shows them, each with its model version."""
        record = self.record(jurisdiction)
        if self._shown(jurisdiction) != aliases_of(record):
            with self._alone(jurisdiction):
                self._set_aliases(jurisdiction, record)
        return self._shown(jurisdiction)

    def follow(self, other: ModelRegistry, jurisdiction: str) -> None:
        """Set MLflow's aliases as another registry's record has them; no entry is added here."""
        record = other.record(jurisdiction)
        if not record:
            return
        with self._alone(jurisdiction):
            if self._model(jurisdiction) is None:
                self._client.create_registered_model(jurisdiction)
            self._set_aliases(jurisdiction, record, other)

    def archive(self, jurisdiction: str) -> Path:
        """Return the folder of the runs that went live, beside the artefacts."""
        return self.artefacts / "live" / jurisdiction

    def _model(self, jurisdiction: str) -> Any:
        found = self._client.search_registered_models(f"name = '{jurisdiction}'")
        return found[0] if found else None

    def _shown(self, jurisdiction: str) -> dict[str, str]:
        model = self._model(jurisdiction)
        if model is None:
            return {}
        ours = {alias: version for alias, version in model.aliases.items() if alias in ("candidate", "champion")}
        return {
            alias: str(self._client.get_model_version(jurisdiction, str(version)).tags.get("model_version", ""))
            for alias, version in ours.items()
        }

    def _set_aliases(self, jurisdiction: str, record: tuple[Entry, ...], kept_by: ModelRegistry | None = None) -> None:
        wanted, shown = aliases_of(record), self._shown(jurisdiction)
        for alias in ("candidate", "champion"):
            if alias not in wanted and alias in shown:
                # Set by hand in MLflow's pages: no entry of the record says so.
                self._client.delete_registered_model_alias(jurisdiction, alias)
            elif alias in wanted and shown.get(alias) != wanted[alias]:
                entry = next(item for item in reversed(record) if item.model_version == wanted[alias])
                self._client.set_registered_model_alias(jurisdiction, alias, self._version_of(entry, kept_by))

    def _version_of(self, entry: Entry, kept_by: ModelRegistry | None = None) -> str:
        """Return MLflow's number of a version: of the run that was tracked, else of one made now."""
        token, found = None, []
        while token != "":
            part = self._client.search_model_versions(
                f"name = '{entry.jurisdiction}'", max_results=_PAGE, page_token=token
            )
            found += [item for item in part if item.tags.get("model_version") == entry.model_version]
            token = part.token or ""
        if found:
            return str(max(int(item.version) for item in found))
        made = self._client.create_model_version(
            entry.jurisdiction,
            source=(folder_of(kept_by or self, entry).absolute() / "bundle").as_uri(),
            tags={"model_version": entry.model_version, "manifest_sha256": entry.manifest_sha256},
        )
        return str(made.version)

    @contextmanager
    def _alone(self, jurisdiction: str) -> Iterator[None]:
        # On the folder itself: the lock goes with the process and leaves no file behind.
        handle = os.open(self.artefacts, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as busy:
            raise other_was_first(jurisdiction) from busy
        finally:
            os.close(handle)

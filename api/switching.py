"""How does a version that went live come to be served without a restart, and its forerunner end what it began?

The record of versions decides (`valuation/models/registry.py`). Every worker looks at it again and again, and at once
after a promotion of its own: the new bundle is loaded beside the old one, every byte of it is checked against its
manifest and the manifest against the record, it is warmed up, and then the parts of the service are changed in one
step. A request holds the parts it began with. What cannot be loaded changes nothing: the old version goes on being
served, and the log says why.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.beside import beside
from api.gathering import Gathering
from api.service import Service
from valuation.appraisal.bundle import Bundle, check_bundle, load_bundle
from valuation.errors import BundleRefused, ValuationError
from valuation.models.registry import Entry, ModelRegistry, champion, folder_of

RETIRED_S = 120.0
"""Seconds after which no request can still hold the parts it began with: its body and its answer have an end."""
_log = logging.getLogger("valuation.api")


def first_bundle(folder: Path, registry: ModelRegistry) -> Bundle:
    """Return the version to begin with: the live one of the record, else the one in `folder`.

    Raises
    ------
    BundleRefused
        When that version is not as it was written: such a service does not start.
    RecordRefused
        When the record was changed.
    """
    manifest = check_bundle(folder)
    live = champion(registry.record(manifest["jurisdiction"]))
    if live is None or live.manifest_sha256 == manifest["manifest_sha256"]:
        return load_bundle(folder)
    return bundle_of(live, registry)


def bundle_of(entry: Entry, registry: ModelRegistry) -> Bundle:
    """Load the version of an entry of the record, proven to be the one that was meant.

    Raises
    ------
    BundleRefused
    """
    folder = folder_of(registry, entry) / "bundle"
    bundle = load_bundle(folder)
    if bundle.manifest["manifest_sha256"] != entry.manifest_sha256:
        raise BundleRefused(
            f"{folder} holds version {bundle.model_version}, not {entry.model_version} of the record",
            expected="the bundle that went live",
            remedy="restore the archive of the registry from a backup",
        )
    return bundle


def waits_to_be_served(service: Service) -> Entry | None:
    """Return the entry of the live version, where that is not the one being served."""
    live = champion(service.registry.record(service.bundle.jurisdiction.name))
    if live is None or live.manifest_sha256 == service.bundle.manifest["manifest_sha256"]:
        return None
    return live


def with_version(service: Service, entry: Entry) -> Service:
    """Return the parts of the service with another version in them, ready to answer."""
    bundle = bundle_of(entry, service.registry)
    service.bundles.add(bundle)
    made = replace(
        service,
        bundle=bundle,
        gathering=Gathering(bundle, wait_s=service.settings.gather_ms / 1000, metrics=service.metrics),
        jobs=service.jobs.served_by(
            bundle.folder,
            model_version=bundle.model_version,
            manifest_sha256=bundle.manifest["manifest_sha256"],
        ),
        is_warm=False,
        # Words of versions before would keep those versions in memory.
        _tellers={},
    )
    made.warm_up()
    return made


class Switch:
    """Where a worker changes the version it serves; one change at a time."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._alone = asyncio.Lock()
        self._retired: list[tuple[float, Gathering]] = []

    async def catch_up(self) -> bool:
        """Serve what the record says is live; return whether that was another version than before.

        Raises
        ------
        ValuationError
            When it cannot be loaded or the record not be read; the version before goes on being served.
        """
        async with self._alone:
            before: Service = self._app.state.service
            entry = await run_in_threadpool(waits_to_be_served, before)
            if entry is None:
                return False
            made = await run_in_threadpool(with_version, before, entry)
            # The one step: whoever asks from here on is answered by the new version.
            self._app.state.service = made
            before.metrics.model.remove(before.bundle.model_version)
            before.metrics.model.labels(made.bundle.model_version).set(1)
            self._retired.append((time.monotonic(), before.gathering))
            _log.info("serving version %s in place of %s", made.bundle.model_version, before.bundle.model_version)
            return True

    async def catch_up_or_say(self) -> bool:
        """Do the same, and say in the log what stood against it."""
        try:
            return await self.catch_up()
        except (ValuationError, OSError) as error:
            _log.error("the live version cannot be served, the one before goes on: %s", type(error).__name__)
            return False

    async def let_go(self, *, older_than_s: float = RETIRED_S) -> None:
        """Close what no request holds any more."""
        now = time.monotonic()
        ended = [one for since, one in self._retired if now - since >= older_than_s]
        self._retired = [pair for pair in self._retired if pair[1] not in ended]
        for gathering in ended:
            await gathering.close()

    async def _watch(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            await self.catch_up_or_say()
            await self.let_go()


@asynccontextmanager
async def watching(app: FastAPI, *, every_s: float) -> AsyncIterator[None]:
    """Look at the record every so often while the service runs."""
    switch: Switch = app.state.switch
    try:
        async with beside(switch._watch(every_s)):
            yield
    finally:
        await switch.let_go(older_than_s=0)

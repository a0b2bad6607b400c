"""What was this made of? Hashes of code, settings, data and libraries, and what was left out of the data."""

from __future__ import annotations

import json
from typing import Any

from valuation.languages.spoken import say
from valuation.report.blocks import Details, Section, Table, Text
from valuation.report.cells import count, row
from valuation.report.material import Material


def section(material: Material) -> Section:
    """Return what the archive needs to make the report again."""
    manifest = material.folder.json("bundle/manifest.json")
    values = material.folder.table("values.parquet", ("run_id", "data_hash"))
    made_of = manifest.get("made_of", {})
    lines = [
        (say("Run"), str(values["run_id"].iloc[0]) if len(values) else say("not known: the roll is empty")),
        (say("Model version"), str(manifest.get("model_version", say("not known")))),
        (say("Jurisdiction"), material.jurisdiction.name),
        (say("Valuation date"), material.jurisdiction.valuation_date.isoformat()),
        (say("Holdout from"), material.jurisdiction.holdout_from.isoformat()),
        (say("Resamples"), str(material.n_bootstrap)),
        (say("Data"), say("synthetic") if material.jurisdiction.is_synthetic else say("real")),
        (say("Roll, SHA-256"), str(values["data_hash"].iloc[0]) if len(values) else "–"),
        (say("Code, SHA-256"), str(made_of.get("code_sha256"))),
        (say("Settings, SHA-256"), str(made_of.get("params_sha256"))),
        (say("Lock, SHA-256"), str(made_of.get("lock_sha256") or say("not known: run outside the repository"))),
        (say("Python"), str(made_of.get("python", say("not known")))),
    ]
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(made_of.get("libraries", {}).items()))
    lines.append((say("Libraries"), libraries))
    rows = [row(name, text) for name, text in lines]
    parts: list[Any] = [
        Table(
            say("Made of"),
            say("receipt.json of the run holds the hash of every file"),
            [say("What"), say("Which")],
            rows,
            (1,),
        ),
        *_raw_files(made_of.get("raw_files")),
        *_settings(material),
        *_left_out(material),
    ]
    return Section("made-of", say("What this was made of"), say("Made of"), parts)


def _raw_files(raw: Any) -> list[Any]:
    if not isinstance(raw, dict) or not raw:
        return [Text(say("The raw files are not named in the manifest of this run."), "note")]
    rows = []
    for name, found in sorted(raw.items()):
        marks = {"kind": "raw", "file": name}
        known = found if isinstance(found, dict) else {"sha256": str(found)}
        cells = [count(int(known[key]), **marks, of=key) if key in known else "–" for key in ("rows", "bytes")]
        rows.append(row(name, *cells, str(known.get("sha256", say("not known")))))
    return [
        Table(
            say("Raw files"),
            say("Raw tables this run read"),
            [say("File"), say("rows"), say("bytes"), say("SHA-256")],
            rows,
            (3,),
        )
    ]


def _settings(material: Material) -> list[Any]:
    if not material.folder.has("bundle/params.json"):
        return []
    settings = material.folder.json("bundle/params.json")
    rows = [
        row(f"{section}.{name}", json.dumps(value, ensure_ascii=False, sort_keys=True))
        for section, found in sorted(settings.items())
        for name, value in (sorted(found.items()) if isinstance(found, dict) else [("", found)])
    ]
    return [
        Details(
            say("The settings of this run"),
            [Table(say("Settings"), say("Settings of this run"), [say("Setting"), say("Is")], rows, (1,))],
        )
    ]


def _left_out(material: Material) -> list[Any]:
    rows = [row(item.column, item.reason) for item in material.jurisdiction.left_out]
    if not rows:
        return []
    table = Table(
        say("Left out"),
        say("Columns of the raw tables that no model sees, and why"),
        [say("Column"), say("Why")],
        rows,
        (1,),
    )
    return [Details(say("What was left out of the data, and why"), [table])]

"""What was this made of? Hashes of code, settings, data and libraries, and what was left out of the data."""

from __future__ import annotations

import json
from typing import Any

from valuation.report.blocks import Details, Section, Table, Text
from valuation.report.cells import count, row
from valuation.report.material import Material


def section(material: Material) -> Section:
    """Return what the archive needs to make the report again."""
    manifest = material.folder.json("bundle/manifest.json")
    values = material.folder.table("values.parquet", ("run_id", "data_hash"))
    made_of = manifest.get("made_of", {})
    lines = [
        ("Run", str(values["run_id"].iloc[0]) if len(values) else "not known: the roll is empty"),
        ("Model version", str(manifest.get("model_version", "not known"))),
        ("Jurisdiction", material.jurisdiction.name),
        ("Valuation date", material.jurisdiction.valuation_date.isoformat()),
        ("Holdout from", material.jurisdiction.holdout_from.isoformat()),
        ("Resamples", str(material.n_bootstrap)),
        ("Data", "synthetic" if material.jurisdiction.is_synthetic else "real"),
        ("Roll, SHA-256", str(values["data_hash"].iloc[0]) if len(values) else "–"),
        ("Code, SHA-256", str(made_of.get("code_sha256"))),
        ("Settings, SHA-256", str(made_of.get("params_sha256"))),
        ("Lock, SHA-256", str(made_of.get("lock_sha256") or "not known: run outside the repository")),
        ("Python", str(made_of.get("python", "not known"))),
    ]
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(made_of.get("libraries", {}).items()))
    lines.append(("Libraries", libraries))
    rows = [row(name, text) for name, text in lines]
    parts: list[Any] = [
        Table("Made of", "receipt.json of the run holds the hash of every file", ["What", "Which"], rows, (1,)),
        *_raw_files(made_of.get("raw_files")),
        *_settings(material),
        *_left_out(material),
    ]
    return Section("made-of", "What this was made of", "Made of", parts)


def _raw_files(raw: Any) -> list[Any]:
    if not isinstance(raw, dict) or not raw:
        return [Text("The raw files are not named in the manifest of this run.", "note")]
    rows = []
    for name, found in sorted(raw.items()):
        marks = {"kind": "raw", "file": name}
        known = found if isinstance(found, dict) else {"sha256": str(found)}
        cells = [count(int(known[key]), **marks, of=key) if key in known else "–" for key in ("rows", "bytes")]
        rows.append(row(name, *cells, str(known.get("sha256", "not known"))))
    return [Table("Raw files", "Raw tables this run read", ["File", "rows", "bytes", "SHA-256"], rows, (3,))]


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
        Details("The settings of this run", [Table("Settings", "Settings of this run", ["Setting", "Is"], rows, (1,))])
    ]


def _left_out(material: Material) -> list[Any]:
    rows = [row(item.column, item.reason) for item in material.jurisdiction.left_out]
    if not rows:
        return []
    table = Table("Left out", "Columns of the raw tables that no model sees, and why", ["Column", "Why"], rows, (1,))
    return [Details("What was left out of the data, and why", [table])]

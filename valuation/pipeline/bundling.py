"""How does a run become a model version? The last step of `conformalize`: what was learned goes into one folder."""

from __future__ import annotations

import json

from valuation.appraisal.bundle import assemble_bundle
from valuation.pipeline.comparable_sales import comparable_sales, sold_dwellings, typical_dwellings
from valuation.pipeline.foretelling import FOLDER
from valuation.pipeline.provenance import made_of
from valuation.pipeline.stage import Workplace
from valuation.pipeline.usual_figures import seen_domain


def bundle_up(work: Workplace) -> str:
    """Assemble `bundle/` from what `train` and `conformalize` made, sales and roll; return the model version."""
    sales = work.read_table("sales.parquet")
    learned_from = sales[sales["is_valid_sale"] & ~sales["is_holdout"]]
    summary = json.loads((work.out / "ingest" / "summary.json").read_text("utf-8"))
    sold, apart = sold_dwellings(work, learned_from)
    with work.written_aside("bundle") as folder:
        manifest = assemble_bundle(
            folder,
            train=work.out / "train",
            intervals=work.out / "intervals",
            predicted_error=work.out / FOLDER,
            jurisdiction=work.jurisdiction,
            params=work.params,
            training_sales=learned_from,
            seen=seen_domain(work, learned_from),
            comparables=comparable_sales(work, sold, apart),
            typical=typical_dwellings(work, sold, apart),
            made_of=made_of(work.params, summary),
        )
    work.say(f"model version {manifest['model_version']}")
    return manifest["model_version"]

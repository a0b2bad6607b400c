"""Which settings change numbers? All of them stand in `params.yaml`; this module reads and checks them.

A jurisdiction may set some of them otherwise in `<jurisdiction>.params.yaml` beside its file: that is where
`valuation train --tune` writes what it found.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from valuation.errors import WrongUse
from valuation.pipeline.params_of_models import BOOSTING_SETTINGS, NEIGHBOUR_SETTINGS, check_setting

_STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SimulateParams(BaseModel):
    """Size of the synthetic municipality of `dvc repro`; other jurisdictions have real tables."""

    model_config = _STRICT

    dwellings: int = Field(103_000, ge=1)
    """Dwellings on its roll."""
    sales: int = Field(25_000, ge=1)
    """Recorded sales of five years."""
    seed: int = Field(5001, ge=0)
    """The same seed gives the same tables."""


class IngestParams(BaseModel):
    """Settings of `ingest`."""

    model_config = _STRICT

    max_rejected_share: float = Field(0.02, ge=0, le=1)
    """Share of the rows of a table that may be quarantined before the run fails."""
    max_set_aside_share: float = Field(0.05, ge=0, le=1)
    """Share of the cells of one column of the roll that may be set aside as unreadable or impossible."""


class ScreenParams(BaseModel):
    """Settings of `screen`."""

    model_config = _STRICT

    outlier_mads: float = Field(5.0, gt=0)
    """Median absolute deviations of log price per m² within its group beyond which a sale is not believed."""
    min_group_sales: int = Field(30, ge=5)
    """Sales a group needs before outliers are looked for in it."""
    flip_months: int = Field(12, ge=0)
    """Resales within so many months, with other characteristics or a large jump, are flips."""
    flip_log_change: float = Field(0.35, gt=0)
    """Change in log price within `flip_months` that says the dwelling was altered."""


class AdjustParams(BaseModel):
    """Settings of `adjust`."""

    model_config = _STRICT

    smoothing: float = Field(1.0, gt=0)
    """Relative weight of smoothness; 1 is the estimate from the data."""
    forecast_damping: float | None = Field(None, ge=0, le=1)
    """Share of the slope of one month carried to the next beyond the last sale; None: chosen by forecasting months
    inside the training period."""


class TrainParams(BaseModel):
    """Settings of `train`."""

    model_config = _STRICT

    seed: int = Field(20260101, ge=0)
    """Start of all random numbers of models and resamples. Not chosen by its figures."""
    n_folds: int = Field(4, ge=2)
    """Rolling-origin folds."""
    fold_months: float | None = Field(None, gt=0)
    """Length of the test window of a fold in months; by default the time from `holdout_from` to `valuation_date`, which
    is how far ahead the models must reach in use."""
    boosting: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the boosted model; see valuation/models/boosting.py."""
    neighbours: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the neighbour features; see `NeighbourParams` in valuation/features/evidence.py."""
    tree_max_leaves: int = Field(40, ge=2)
    """The most leaves that still print on one page."""
    tree_max_depth: int = Field(7, ge=1)
    """The most questions on the way to a value of the decision tree."""

    @field_validator("boosting", "neighbours")
    @classmethod
    def _are_known(cls, settings: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        # A misspelt key must not come to light after minutes of work, in the middle of `train`.
        known = BOOSTING_SETTINGS if info.field_name == "boosting" else NEIGHBOUR_SETTINGS
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ValueError(f"no setting is called {unknown[0]!r}; there are {', '.join(sorted(known))}")
        for name, value in settings.items():
            check_setting(name, value)
        return settings


class ConformalizeParams(BaseModel):
    """Settings of `conformalize`."""

    model_config = _STRICT

    coverage: float = Field(0.90, gt=0, lt=1)
    """Share of prices that the range from lower to upper value shall hold."""
    min_group_sales: int = Field(300, ge=30)
    """Calibration sales a group needs; smaller ones are merged. With 300 the true coverage lies within 87 and 93 %,
    with 50 within 83 and 96 %. On folds 300 kept more groups within their goal than 200, which had more groups
    (docs/decisions/0019-groups-know-the-market-area.md)."""
    class_limits: tuple[float, float, float, float, float] = (0.10, 0.15, 0.20, 0.30, 0.45)
    """Share of the value within which the far end of its range lies in accuracy class A, B, C, D and E; beyond is F. Of
    class A nine prices in ten lie within 10 % of the value. 20 % is what Norwegian practice calls a large error: C is
    the last class in which nine prices in ten escape it. On the last folds the middle value is A in Singapore, D in
    King County, E in Lucas County."""

    @field_validator("class_limits")
    @classmethod
    def _limits_rise(cls, limits: tuple[float, ...]) -> tuple[float, ...]:
        if not (all(low < high for low, high in pairwise((0.0, *limits))) and math.isfinite(limits[-1])):
            raise ValueError(f"class_limits {list(limits)} do not rise from above zero")
        return limits


GOAL_STATISTICS = frozenset(
    "median_ratio mean_ratio weighted_mean_ratio cod cov prd prb ki mki vei mape mdape share_within_5 share_within_10 "
    "share_within_20 share_above share_below".split()
)
OF_BASELINE = "_of_baseline"
"""Behind a statistic: how many times that of the standard prices it is."""


class EvaluateParams(BaseModel):
    """Settings of `evaluate`."""

    model_config = _STRICT

    n_bootstrap: int = Field(500, ge=50)
    """Resamples of dwellings behind the intervals of each statistic."""
    n_left_out_areas: int = Field(5, ge=2)
    """Groups into which market areas are dealt for the left-out-areas figure."""
    goals: dict[str, float] = Field(default_factory=dict)
    """Most that a statistic of the boosted model may be on the holdout, by name (mdape, cod; mape_of_baseline: over
    that of the standard prices)."""

    least_found: float | None = Field(None, gt=0, lt=1)
    """Least share of the errors over 20 % that the tenth of the valid sales with the highest stated chance is to hold;
    none: it is no goal."""

    @field_validator("goals")
    @classmethod
    def _goals_are_known(cls, goals: dict[str, float]) -> dict[str, float]:
        # A misspelt goal would stand in the report as one that was not reached.
        for name in goals:
            if name.removesuffix(OF_BASELINE) not in GOAL_STATISTICS:
                raise ValueError(
                    f"no statistic is called {name!r}; there are {', '.join(sorted(GOAL_STATISTICS))}, each also with "
                    f"{OF_BASELINE!r} behind it"
                )
        return goals


class FlagParams(BaseModel):
    """Limits of the flags, each with its unit."""

    model_config = _STRICT

    error_likely: float = Field(0.5, gt=0, le=1)
    """Chance of an error over 20 % beyond which a person must look; 1 switches the rule off. `valuation budget`
    proposes it from how many dwellings an office can look at."""
    max_relative_width: float = Field(1.2, gt=0)
    """Interval width over value, whatever the type."""
    width_times_typical: float = Field(1.8, gt=1)
    """Interval width over the median width of its type."""
    min_near_sales: int = Field(5, ge=1)
    """Sales of the same type within `near_sales_m`."""
    near_sales_m: float = Field(1000.0, gt=0)
    """Metres within which a sale is near."""
    like_sale_m: float = Field(1500.0, gt=0)
    """Metres to the nearest sale of the same type and about the same size. Beyond, errors over 20 % were about twice as
    frequent on the folds of three places."""
    # At 0.5 two of three places had hardly more errors among those flagged than among the others, on folds.
    model_disagreement: float = Field(0.6, gt=0)
    """Absolute log difference between the boosted model and the baseline or tree."""
    prior_change: float = Field(0.4, gt=0)
    """Absolute log change from the prior value, beyond the change of its median."""
    far_from_sales_m: float = Field(3000.0, gt=0)
    """Metres to the nearest sale of any type beyond which the place is unknown, however far apart sales lie there."""
    near_enough_m: float = Field(200.0, gt=0)
    """Metres within which a sale of any type is near, however close together sales lie there."""
    unlike_sales_share: float = Field(0.005, gt=0, lt=0.5)
    """Share of the sales called unlike the others, by two facts together, when each is judged as if it had not sold:
    what sets the limits stored in the bundle."""
    lonely_sales_share: float = Field(0.0075, gt=0, lt=0.5)
    """Share of the sales called far from the others when each is judged as if it had not sold: what sets the limit
    stored in the bundle."""
    least_weight: float = Field(0.05, ge=0)
    """Share by which values must move, at the 95th percentile of the sales, when a fact is not known, before its
    absence or an unknown content of it sends a dwelling to a person."""
    usually_known_share: float = Field(0.95, gt=0, le=1)
    """Share of the sales on which a characteristic is recorded before its absence is called missing."""
    own_sale_years: float = Field(3.0, gt=0)
    """Years within which the dwelling's own sale speaks about its value."""
    built_after_sale_years: int = Field(3, ge=0)
    """Years after its own sale in which a dwelling may have been built: homes are sold before they stand."""
    max_shared_share: float = Field(0.002, gt=0, le=1)
    """Share of the roll, like dwellings counted once, that may have one and the same value before a person looks. Below
    the limit of the gate (`gates.max_shared_share`: 0.005)."""
    border_m: float = Field(150.0, gt=0)
    """Metres within which two dwellings on different sides of a market area's border are neighbours; as
    `gates.border_m`."""
    border_jump: float = Field(0.15, gt=0)
    """Share by which a dwelling may be worth more or less among its near-identical neighbours across a border; as
    `gates.max_border_jump`, which judges whole borders."""
    drawn_share: float = Field(0.015, ge=0, le=0.1)
    """Share of the dwellings without other flags that are drawn at random for a person to look at."""
    draw_seed: int = Field(20260101, ge=0)
    """Start of the random draw; another seed draws others."""


class ComparableParams(BaseModel):
    """Which sales may be shown beside a value. None of them changes a value."""

    model_config = _STRICT

    number: int = Field(5, ge=1, le=20)
    """Sales shown at most."""
    least: int = Field(3, ge=1)
    """Sales below which the page says that too few are comparable. Three is the least by custom of the trade."""
    max_distance_m: float = Field(3000.0, gt=0)
    """Metres on the map. On the synthetic municipality no limit at all would bring the five sales 0.2 points of percent
    nearer the true value, and show sales from the other end of it."""
    log_per_km: float = Field(0.03, ge=0)
    """Difference in log price as which a kilometre on the map counts: of sales about as much alike, those nearby are
    shown. On the synthetic municipality 0.03 halves the squared distance and costs no accuracy."""
    max_age_years: float = Field(3.0, gt=0)
    """Years before the valuation date. The index brings a sale to that date, and may err the more the older it is; on
    the synthetic municipality older sales bring the five no nearer the true value."""
    max_per_building: int = Field(2, ge=1)
    """Sales from one building: five from one would be one opinion five times."""
    same_place_m: float = Field(5.0, ge=0)
    """Metres within which sales lie in one building where the data have no identity of buildings."""


class RevalueParams(BaseModel):
    """Settings of `revalue`. None of them changes a value."""

    model_config = _STRICT

    chunk_rows: int = Field(20_000, ge=1)
    """Dwellings valued at a time; a stopped revaluation loses at most so many."""


class ReportParams(BaseModel):
    """Settings of `explain` and `report`."""

    model_config = _STRICT

    explained_dwellings: int = Field(500, ge=1)
    """Dwellings of the roll whose contributions are written to `explain/`."""


class GateParams(BaseModel):
    """Limits a version must keep before it may go live; `valuation promote` reads them, no value hangs on them."""

    model_config = _STRICT

    seed: int = Field(20260101, ge=0)
    """Start of the random numbers that draw samples of the roll and resamples of sales."""
    sample_dwellings: int = Field(400, ge=1)
    """Dwellings drawn from the roll and valued again, as they are and with one fact changed."""
    max_unlisted_change: float = Field(0.5, gt=0)
    """Share by which a value may differ from the live version's, or from the prior value, beyond the general change,
    without a flag that sends it to a person. Above the limit of the flag (`flags.prior_change`: 0.4), so that none may
    pass unseen. Own goal; the Danish provisional values of 2023 went out without such a check."""
    max_shared_share: float = Field(0.005, gt=0, le=1)
    """Share of the valued dwellings, like dwellings counted once, that may have one and the same value. Own goal: more
    is a default that was filled in."""
    max_sold_difference: float = Field(0.02, ge=0)
    """Share by which the values of sold dwellings may have moved otherwise than those of unsold ones of the same kind
    and place. IAAO, Standard on Ratio Studies (2013), appendix on sales chasing, gives the test; the limit is ours."""
    twin_units: float = Field(1.0, ge=0)
    """Units of currency by which dwellings alike in every fact and place may differ: equal treatment, own goal."""
    max_sold_twin_difference: float = Field(0.02, ge=0)
    """Share by which such dwellings may differ when some of them were sold in the training period: the model does not
    show a dwelling its own price, so a sold one and its unsold twin do not see quite the same sales. Own goal."""
    border_m: float = Field(150.0, gt=0)
    """Metres within which two dwellings on different sides of a market area's border are neighbours. Own goal."""
    max_border_jump: float = Field(0.15, gt=0)
    """Share by which the same dwelling may be worth more on the other side of a border. Own goal."""
    min_border_pairs: int = Field(10, ge=6)
    """Pairs of neighbours a border needs to be judged."""
    min_level: float = Field(0.95, gt=0)
    """Least median ratio. Own goal, within the 0.90 of IAAO, Standard on Ratio Studies (2013)."""
    max_level: float = Field(1.05, gt=0)
    """Greatest median ratio. Own goal, within the 1.10 of the same standard."""
    max_group_level_difference: float = Field(0.05, gt=0)
    """Share by which the median ratio of an area or type may differ from that of the other sales. IAAO (2013) asks for
    5 % between groups."""
    min_group_sales: int = Field(30, ge=8)
    """Holdout sales a group needs to be judged by itself; smaller ones are named as not judged."""
    max_cod: float = Field(15.0, gt=0)
    """Greatest coefficient of dispersion, in percent. IAAO (2013), residential."""
    max_prb: float = Field(0.05, gt=0)
    """Greatest price-related bias either way, per doubling of the value. IAAO (2013)."""
    max_above_standard_prices: float = Field(0.0, ge=0)
    """Points of percent by which median error and COD may surely lie above those of the standard prices. Own goal: a
    model no better than a table is not worth its price."""
    is_review_required: bool = False
    """Whether a person must have looked at every value flagged for one before a version may go live. Off: those nobody
    has looked at are counted and named. docs/decisions/0022-unlooked-flags-are-named-and-do-not-block.md says why."""
    error_budget: float = Field(0.05, gt=0, lt=0.5)
    """Chance that a statistical gate refuses a version that keeps its limit, whatever the number of groups it looks at
    (Holm 1979). By convention."""
    n_bootstrap: int = Field(1000, ge=200)
    """Resamples of dwellings behind the intervals of the gates."""


class DriftParams(BaseModel):
    """When `valuation drift` raises an alarm. Nothing here changes a value."""

    model_config = _STRICT

    false_alarms: float = Field(0.05, gt=0, lt=0.5)
    """Chance of any false alarm in one check, shared by all areas, measures and characteristics (Holm 1979)."""
    level_shift: float = Field(0.05, gt=0)
    """Share: the shift of the level whose detection delay is stated. Own goal."""
    power: float = Field(0.8, gt=0, lt=1)
    """Chance with which that shift is seen once the stated number of sales is in. By convention."""
    min_sales: int = Field(10, ge=5)
    """New sales, and holdout sales to compare with, below which an area cannot be monitored."""
    max_unseen_shift: float = Field(0.15, gt=0)
    """Share: an area in which not even this shift would be seen, with the sales there are, cannot be monitored. Own
    goal."""
    psi_limit: float = Field(0.25, gt=0)
    """Population stability index from which a characteristic has shifted; below 0.1 is stable. Siddiqi, Credit Risk
    Scorecards (2006)."""
    psi_bins: int = Field(10, ge=2)
    """Groups of equal size a number is cut into for the index."""


class ReviewParams(BaseModel):
    """How flagged values are settled by people (`valuation/review/`). Nothing here changes a value of the model."""

    model_config = _STRICT

    reservation_minutes: int = Field(15, ge=1, le=480)
    """Minutes for which a case is one person's; saving a draft begins them anew. Long enough to read one case, short
    enough that a closed browser holds nobody up. Own goal."""
    four_eyes_share: float = Field(0.15, gt=0)
    """Share by which a decided value may differ from the one that stood before a second reader must approve it. Below
    the 20 % that Norwegian practice calls a large error. Own goal."""
    four_eyes_money: int = Field(1_000_000, gt=0)
    """The same in whole units of the roll's currency, whichever is met first: 15 % of a dear dwelling is much money.
    About 2,200 kroner of tax a year by Trondheim's rules of 2021. Own goal."""
    reread_share: float = Field(0.05, ge=0, le=1)
    """Share of the decisions below both limits that a second reader reads all the same, drawn by the seed: two people
    blind to one another on one case in twenty say how far such decisions can be trusted. Own goal."""
    blind_share: float = Field(0.05, ge=0, le=1)
    """Share of the cases opened by a flag in which the caseworker puts down an own estimate before seeing the model's:
    the measure of how far people are led by it. Own goal."""
    is_drawn_blind: bool = True
    """Whether every case drawn at random among the unflagged is of the blind sample: they alone tell the error rate of
    the unflagged."""
    draw_seed: int = Field(20260101, ge=0)
    """Start of the draws above. The same seed and case give the same draw, whatever the order of work."""
    max_times: float = Field(5.0, gt=1)
    """A value more than so many times above or below everything known of the dwelling (the value before, the prior
    value, valuations the owner enclosed) is taken for a slip of the hand. A digit too many is ten times."""
    max_text: int = Field(4000, ge=200, le=20_000)
    """Characters of a reason, an answer or a remark: two pages."""
    max_arguments: int = Field(30, ge=1, le=200)
    """Arguments of one complaint, and valuations enclosed with it."""
    max_together: int = Field(200, ge=2, le=2000)
    """Cases that one joint decision may settle: more cannot be looked at as one group."""


class Params(BaseModel):
    """All settings of a run."""

    model_config = _STRICT

    simulate: SimulateParams = SimulateParams()
    ingest: IngestParams = IngestParams()
    screen: ScreenParams = ScreenParams()
    adjust: AdjustParams = AdjustParams()
    train: TrainParams = TrainParams()
    conformalize: ConformalizeParams = ConformalizeParams()
    evaluate: EvaluateParams = EvaluateParams()
    flags: FlagParams = FlagParams()
    comparables: ComparableParams = ComparableParams()
    revalue: RevalueParams = RevalueParams()
    report: ReportParams = ReportParams()
    gates: GateParams = GateParams()
    drift: DriftParams = DriftParams()
    review: ReviewParams = ReviewParams()

    def that_shape_values(self) -> dict[str, Any]:
        """Return the settings a value or a figure about it can depend on, as plain content.

        What only says how the work is cut or shown (chunks, threads, sample of the report), how the synthetic tables
        are made, or what follows from figures that are there (gates, drift, review) is left out: the same model must be
        the same version on another machine.
        """
        settings = self.model_dump(mode="json", exclude={"simulate", "revalue", "report", "gates", "drift", "review"})
        settings["train"]["boosting"].pop("n_jobs", None)
        return settings


def read_params(path: Path, overrides: Path | None = None) -> Params:
    """Read `params.yaml`, then what the jurisdiction sets otherwise.

    Parameters
    ----------
    path : Path
        The project's params.yaml.
    overrides : Path, optional
        `<jurisdiction>.params.yaml`; skipped when it does not exist.

    Raises
    ------
    WrongUse
        For a file that is no mapping, an unknown key or a value outside its range.
    """
    settings = _read_mapping(path)
    # Each file by itself first, so that a mistake is said of the file it stands in.
    params = _checked(settings, str(path))
    if overrides is None or not overrides.exists():
        return params
    over = _read_mapping(overrides)
    _checked(over, str(overrides))
    return _checked(_merged(settings, over), f"{path} with {overrides}")


def _checked(settings: dict[str, Any], where: str) -> Params:
    try:
        return Params.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WrongUse(
            f"{where}: {place}: {first['msg']} (found {str(first['input'])[:200]})",
            remedy="correct the setting; docs/reference/params.md lists all of them",
        ) from error


class _PlainLoader(yaml.SafeLoader):
    """YAML in which each key stands once and nothing stands for something else: settings are what a reader sees."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases: a few lines of them unfold to more than any memory."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="an alias (*name); write the value itself", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that stands twice, of which YAML readers keep the last without a word."""
        names = [str(key.value) for key, _ in node.value]
        for number, (key, _) in enumerate(node.value):
            if names[number] in names[:number]:
                problem = f"{names[number]} stands a second time; remove one of them"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        return super().construct_mapping(node, deep)


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except (OSError, yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a day that is none
        raise WrongUse(f"{path} cannot be read: {error}", remedy="give a params.yaml with --params") from error
    except RecursionError as error:
        raise WrongUse(
            f"{path} holds keys within one another without end", expected="sections such as `train:`"
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise WrongUse(f"{path} holds a {type(content).__name__}", expected="sections such as `train:`")
    return content


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged

"""Every figure of the report, found again in the files of the run by other code than the product's."""

import math
from statistics import median

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.valuation.ratio_study.second_implementation import SECOND

COLUMN = {
    "boosted": "appraised_value",
    "tree": "tree_value",
    "baseline": "baseline_value",
    "prior": "prior_value",
}
# Of dwellings rather than of values and prices: held apart, and by tests of the study on known truth.
APART = {"closeness_of_seen", "chd", "chd_of_prices", "bunching"}
SAMPLE = {
    "all_sales": lambda sales: sales["sale_price"] > 0,
    "valid_sales": lambda sales: sales["is_valid_sale"],
    "unseen_dwellings": lambda sales: ~sales["is_seen_dwelling"],
    "left_out_areas": lambda sales: sales["sale_price"] > 0,
}


@pytest.fixture(scope="module")
def sales(small_run):
    return pd.read_parquet(small_run / "holdout_values.parquet")


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "values.parquet")


@pytest.fixture(scope="module")
def study(small_run):
    table = pd.read_parquet(small_run / "evaluation" / "ratio_study.parquet")
    return table.set_index(["sample", "model", "stratum", "level", "statistic"]).sort_index()


@pytest.fixture(scope="module")
def left_out(small_run):
    path = small_run / "evaluation" / "left_out_area_values.parquet"
    return pd.read_parquet(path)


@pytest.fixture(scope="module")
def group_of(sales, left_out):
    """Return the sales of a sample, a stratum and a level."""

    def group(sample, stratum, level):
        table = left_out if sample == "left_out_areas" else sales
        chosen = SAMPLE[sample](table).to_numpy(bool)
        if stratum != "overall":
            chosen = chosen & (table[stratum].astype("string").fillna("unknown") == level).to_numpy(bool)
        return table[chosen]

    return group


@pytest.fixture(scope="module")
def valued_in(group_of):
    """Return values and prices of a model in a group, as plain lists, each group looked up once."""
    known = {}

    def lists(model, *group):
        if (model, *group) not in known:
            table = group_of(*group)
            table = table[table[COLUMN[model]].notna()]
            known[(model, *group)] = (table[COLUMN[model]].tolist(), table["sale_price"].tolist())
        return known[(model, *group)]

    return lists


def quantile(ordered, share):
    """The quantile of type 7: straight between the two figures it falls between."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def place_of(item):
    return tuple(item.marks[name] for name in ("sample", "stratum", "level"))


def near(found, expected):
    """Whether two figures are the same to nine digits."""
    return math.isclose(found, expected, rel_tol=1e-7, abs_tol=1e-9)


def wilson(part, whole):
    """The interval of a share by Wilson, from its formula."""
    z = stats.norm.ppf(0.975)
    share = part / whole
    middle = (share + z**2 / (2 * whole)) / (1 + z**2 / whole)
    half = z / (1 + z**2 / whole) * math.sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2))
    return middle - half, middle + half


def large_errors(table):
    """Sales whose value is more than 20 percent off, or missing."""
    return [not abs(v / p - 1) <= 0.2 for v, p in zip(table["appraised_value"], table["sale_price"], strict=True)]


def closeness_of_seen(table):
    """Median absolute error of dwellings sold before less that of the others, in points."""
    off = 100 * (table["appraised_value"] / table["sale_price"] - 1).abs()
    return median(off[table["is_seen_dwelling"]]) - median(off[~table["is_seen_dwelling"]])


def test_the_closeness_of_dwellings_sold_before_is_found_again(read_page, group_of):
    shown = read_page.of("ratio", part="estimate", statistic="closeness_of_seen", model="boosted")
    assert [item for item in shown if not near(item.value, closeness_of_seen(group_of(*place_of(item))))] == []


def test_every_estimate_of_the_ratio_study_is_found_again_from_the_sales(read_page, valued_in):
    shown = [item for item in read_page.of("ratio", part="estimate") if item.marks["statistic"] not in APART]
    wrong = [
        (item.marks, item.value)
        for item in shown
        if not near(item.value, SECOND[item.marks["statistic"]](*valued_in(item.marks["model"], *place_of(item))))
    ]
    assert wrong == []
    assert len(shown) > 400
    assert {item.marks["sample"] for item in shown} == set(SAMPLE)
    assert {item.marks["stratum"] for item in shown} > {"overall", "dwelling_type", "size_band", "tenure"}


def test_every_number_of_sales_is_found_again(read_page, group_of, valued_in):
    shown = [item for part in ("n_sales", "n_valued") for item in read_page.of("ratio", part=part)]
    shown = [item for item in shown if item.marks["statistic"] not in APART]
    counted = {"n_sales": lambda item: len(group_of(*place_of(item)))}
    counted["n_valued"] = lambda item: len(valued_in(item.marks["model"], *place_of(item))[0])
    assert [item for item in shown if counted[item.marks["part"]](item) != item.value] == []
    assert len(shown) > 60


def test_every_interval_and_noise_is_that_of_the_study_and_holds_its_figure(read_page, study):
    parts = ("lower", "upper", "noise", "noise_lower", "noise_upper")
    shown = [item for part in parts for item in read_page.of("ratio", part=part)]
    keys = ("sample", "model", "stratum", "level", "statistic")
    wrong = [
        item
        for item in shown
        if not near(item.value, study.loc[tuple(item.marks[name] for name in keys), item.marks["part"]])
    ]
    assert wrong == []
    assert len(shown) > 800


def test_the_council_sees_the_size_of_a_difference_without_its_sign(read_page, valued_in):
    sizes = read_page.of("size")
    assert len(sizes) == 1
    wrong = [
        item
        for item in sizes
        if not near(item.value, abs(SECOND[item.marks["statistic"]](*valued_in("boosted", *place_of(item)))))
    ]
    assert wrong == []


def beta_binomial(part):
    """The central 95 % of the share held, of ranges set on as many sales as the groups of these are worth together."""
    shares = part["range_group"].value_counts(normalize=True)
    sizes = part.groupby("range_group")["range_sales"].first()
    n = int(round(1 / (shares**2 / sizes).sum(), 6))
    left_out = math.floor(round((n + 1) * 0.05, 9))
    law = stats.betabinom(len(part), n + 1 - 2 * left_out, 2 * left_out)
    return law.ppf(0.025) / len(part), law.ppf(0.975) / len(part)


def test_the_accuracy_classes_are_counted_again(read_page, sales, roll):
    valid = sales[sales["is_valid_sale"]]
    limits = dict(zip("ABCDEF", (0.10, 0.15, 0.20, 0.30, 0.45, math.inf), strict=True))
    shown = read_page.of("accuracy_class")
    for item in shown:
        letter = item.marks["class"]
        part = valid[valid["accuracy_class"] == letter]
        of_roll = int((roll["accuracy_class"] == letter).sum())
        price, value = part["sale_price"].to_numpy(float), part["appraised_value"].to_numpy(float)
        found = {"n_sales": len(part), "n_dwellings": of_roll, "roll_share": of_roll / len(roll)}
        if len(part):
            found |= {
                "share_within_limit": np.mean(np.abs(price - value) <= limits[letter] * value + 1e-9),
                "binomial_low": stats.binom.ppf(0.025, len(part), 0.9) / len(part),
                "coverage": np.mean((part["lower_value"] <= price) & (price <= part["upper_value"])),
                "median_error": np.median(np.abs(value - price) / price),
                "large_error_share": np.mean(np.abs(value - price) > 0.2 * price),
            }
        assert near(item.value, found[item.marks["statistic"]]), item
    assert {item.marks["class"] for item in shown} == set("ABCDEF")


def test_coverage_and_its_band_are_found_again(read_page, sales):
    sales = sales.assign(
        overall="all sales",
        screening=np.where(sales["is_valid_sale"], "valid sales", "screened out"),
        flagged=np.where(sales["flags"] == "", "not flagged", "flagged"),
        seen=np.where(sales["is_seen_dwelling"], "sold before", "not sold before"),
    )
    known = sorted(sales["appraised_value"].dropna())
    cuts = [quantile(known, share) for share in (1 / 3, 2 / 3)]
    names = ("lower third", "middle third", "upper third", "not valued")
    third = [3 if math.isnan(v) else sum(v > cut for cut in cuts) for v in sales["appraised_value"]]
    sales["value_third"] = [names[place] for place in third]
    cuts = [quantile(known, share / 10) for share in range(1, 10)]
    sales["value_tenth"] = [
        "not valued" if math.isnan(v) else f"{1 + sum(v > cut for cut in cuts):02d}" for v in sales["appraised_value"]
    ]
    sales["accuracy_class"] = sales["accuracy_class"].replace("", "not valued")
    shown = read_page.of("coverage")
    for item in shown:
        # No promise is made for sales that were not free.
        of_all = item.marks["grouping"] in ("overall", "screening")
        of = sales if of_all else sales[sales["is_valid_sale"]]
        part = of[of[item.marks["grouping"]].fillna("unknown") == item.marks["group"]]
        price, low, high = (part[name].to_numpy(float) for name in ("sale_price", "lower_value", "upper_value"))
        found = {
            "n_sales": len(part),
            "coverage": np.mean((low <= price) & (price <= high)),
            "share_below": np.mean(price < low),
            "share_above": np.mean(price > high),
            "binomial_low": stats.binom.ppf(0.025, len(part), 0.9) / len(part),
            "binomial_high": stats.binom.ppf(0.975, len(part), 0.9) / len(part),
            **dict(zip(("band_low", "band_high"), beta_binomial(part), strict=True)),
            "median_relative_width": np.nanmedian((high - low) / part["appraised_value"].to_numpy(float)),
        }
        assert near(item.value, found[item.marks["statistic"]]), item
    assert len(shown) > 100


def test_the_groups_that_miss_their_goal_are_counted_again(read_page, small_run):
    table = pd.read_csv(small_run / "evaluation" / "coverage_by_group.csv")
    table = table[~table["group"].isin(["all sales", "screened out"])]
    large, fair = table[table["n_sales"] >= 300], table[table["n_sales"].between(100, 299)]
    missed = int((~large["coverage"].between(0.86, 0.94)).sum() + (fair["coverage"] < 0.85).sum())

    def within(n, fewest, most):
        return sum(stats.binom.pmf(held, n, 0.9) for held in range(n + 1) if fewest * n <= held <= most * n)

    by_chance = sum(1 - within(n, 0.86, 0.94) for n in large["n_sales"])
    by_chance += sum(1 - within(n, 0.85, 1.0) for n in fair["n_sales"])
    small = int((table[table["grouping"] != "screening"]["n_sales"] < 100).sum())
    found = {"judged": len(large) + len(fair), "missed": missed, "missed_by_chance": by_chance, "small": small}
    shown = read_page.of("coverage_goals")
    assert [item for item in shown if not near(item.value, found[item.marks["of"]])] == []
    assert len(shown) == 4


def test_the_price_and_the_yield_of_each_flag_are_found_again(read_page, sales, roll):
    valid = sales[sales["is_valid_sale"]]
    wrong = np.array(large_errors(valid))

    def carried(flags, code):
        ask = {"any flag": lambda text: text != "", "no flag": lambda text: text == ""}
        return np.array([ask.get(code, lambda text: code in text.split("|"))(text) for text in flags])

    shown = read_page.of("flag")
    for item in shown:
        code, part = item.marks["code"], item.marks.get("part", "estimate")
        on_sales, on_roll = carried(valid["flags"], code), carried(roll["flags"], code)
        both = int((on_sales & wrong).sum())
        wholes = {"error_share": int(on_sales.sum()), "yield": int(wrong.sum())}
        place = ("estimate", "lower", "upper").index(part)
        found = {"n_dwellings": on_roll.sum(), "roll_share": on_roll.mean(), "n_sales": on_sales.sum()}
        found["n_alone"] = sum(text == code for text in roll["flags"])
        found |= {name: (both / whole, *wilson(both, whole))[place] for name, whole in wholes.items() if whole}
        assert near(item.value, found[item.marks["statistic"]]), item
    assert len(shown) > 40


def test_the_flags_that_come_together_are_counted_again(read_page, roll):
    listed = [set(text.split("|")) for text in roll["flags"]]
    shown = read_page.of("flags")
    assert [
        item for item in shown if item.value != sum({*item.marks.values()} - {"flags"} <= codes for codes in listed)
    ] == []
    assert len(shown) > 3


SCORE = {
    "by stated chance": "error_risk",
    "by expected error in money": "expected_error",
    "by expected tax error": "expected_tax_error",
}


def queue_of(table, name):
    """The sales in the order in which they are looked at, by another way than the product's."""
    table = table.assign(width=(table["upper_value"] - table["lower_value"]) / table["appraised_value"])
    last = table["appraised_value"].notna() & ~table["flags"].str.contains("cannot-be-valued")
    score = table[SCORE.get(name, "width" if name == "by interval width" else "error_risk")].fillna(math.inf)
    unflagged = last & (table["flags"] == "") & name.startswith("flags as set")
    codes = {"any flag": table["flags"] != ""}
    between = "|" + table["flags"] + "|"
    held = codes.get(
        name, pd.Series(True, table.index) if " " in name else between.str.contains(f"|{name}|", regex=False)
    )
    ranked = table.assign(last=last, unflagged=unflagged, doubt=-score).loc[held]
    return ranked.sort_values(["last", "unflagged", "doubt", "sale_id"])


@pytest.fixture(scope="module")
def looked_at(sales):
    """Sales of a sample, and for each queue what is looked at at a budget in percent."""
    samples = {"valid_sales": sales[sales["is_valid_sale"]], "all_sales": sales}
    samples = {name: table.assign(wrong=large_errors(table)) for name, table in samples.items()}
    queues = {}

    def find(sample, name, budget):
        table = samples[sample]
        if (sample, name) not in queues:
            queues[(sample, name)] = queue_of(table, name)
        return table, queues[(sample, name)].head(math.ceil(budget * len(table) / 100 - 1e-9))

    return find


def shares_at(table, seen, width):
    """What is found by looking at some sales, beside lots and beside as many of the widest ranges."""
    n_errors, n = int(table["wrong"].sum()), len(seen)
    caught, chance = int(seen["wrong"].sum()), table["error_risk"].fillna(1)
    share, promised = caught / n_errors, chance.loc[seen.index].sum()
    low, high = wilson(caught, n) if n else (0, 0)
    found = {"n_sales": len(table), "n_errors": n_errors, "n_looked_at": n, "n_caught": caught, "share": share}
    found |= {"n_promised": promised, "share_promised": promised / chance.sum(), "hits": caught / max(n, 1)}
    found |= {"hits_lower": low, "hits_upper": high, "over_lots": share - n / len(table)}
    off = (table["appraised_value"] - table["sale_price"]).abs()
    found["money_share"] = off.loc[seen.index].sum() / off.sum()
    return found | {"over_width": share - width["wrong"].head(n).sum() / n_errors}


def lots_at(table, budget):
    """What as many dwellings drawn by lot find."""
    n_errors, n = int(table["wrong"].sum()), math.ceil(budget * len(table) / 100 - 1e-9)
    low, high = (stats.hypergeom.ppf(end, len(table), n_errors, n) / n_errors for end in (0.025, 0.975))
    found = {"share": n / len(table), "money_share": n / len(table), "lower": low, "upper": high}
    return found | {"n_sales": len(table), "n_errors": n_errors}


OF_MONEY = ("money_lower", "money_upper")
OF_DRAWS = ("lower", "upper", *OF_MONEY, "over_lots_lower", "over_lots_upper", "over_width_lower", "over_width_upper")


def test_what_looking_finds_is_found_again(read_page, looked_at, sales):
    shown = [item for item in read_page.of("price") if "queue" in item.marks]
    is_of_draws = [item.marks["part"] in OF_DRAWS and item.marks["queue"] != "drawn at random" for item in shown]
    points = [item for item, of_draws in zip(shown, is_of_draws, strict=True) if not of_draws]
    for item in points:
        sample, name, budget = item.marks["sample"], item.marks["queue"], int(item.marks["budget"])
        table, seen = looked_at(sample, name if "random" not in name else "by stated chance", budget)
        _, width = looked_at(sample, "by interval width", 100)
        found = lots_at(table, budget) if "random" in name else shares_at(table, seen, width)
        assert near(item.value, found[item.marks["part"]]), item
    assert len(points) > 150
    assert {item.marks["queue"] for item in points} >= {*SCORE, "by interval width", "drawn at random", "any flag"}
    n_errors = sum(large_errors(sales[sales["is_valid_sale"]]))
    assert {item.value for item in read_page.of("price", part="n_errors") if "queue" not in item.marks} == {n_errors}


def test_the_counts_of_large_errors_on_the_council_page_are_found_again(read_page, sales):
    valid = sales[sales["is_valid_sale"]].assign(wrong=lambda table: large_errors(table))
    missed = int((valid["wrong"] & (valid["flags"] == "")).sum())
    assert {item.value for item in read_page.of("risk", statistic="n_errors")} == {int(valid["wrong"].sum())}
    assert {item.value for item in read_page.of("risk", statistic="n_errors_missed")} <= {missed}


def drawn_again(table, seed, times):
    """Resampled tables: as many dwellings as there are, drawn with replacement, each with all its sales."""
    random, names = np.random.default_rng(seed), sorted(set(table["dwelling_id"]))
    of = {name: part.index.tolist() for name, part in table.groupby("dwelling_id")}
    for _ in range(times):
        yield sorted(place for pick in random.integers(0, len(names), len(names)) for place in of[names[pick]])


def test_the_intervals_of_looking_are_those_of_dwellings_drawn_again(read_page, looked_at, quick_params):
    seed, times = quick_params.train.seed, quick_params.evaluate.n_bootstrap
    table, every = looked_at("valid_sales", "by stated chance", 100)
    _, wide = looked_at("valid_sales", "by interval width", 100)
    queues = {"chance": every.reset_index().reset_index().set_index("index")["level_0"]}
    queues["width"] = wide.reset_index().reset_index().set_index("index")["level_0"]
    wrong, found = table["wrong"], {"share": [], "money": [], "over_lots": [], "over_width": []}
    off = (table["appraised_value"] - table["sale_price"]).abs().fillna(0)
    for places in drawn_again(table, seed, times):
        n, n_errors = math.ceil(len(places) / 10 - 1e-9), wrong.loc[places].sum()
        first = {name: sorted(places, key=rank.get)[:n] for name, rank in queues.items()}
        share, width = (wrong.loc[first[name]].sum() / n_errors for name in ("chance", "width"))
        found["share"].append(share)
        found["money"].append(off.loc[first["chance"]].sum() / off.loc[places].sum())
        found["over_lots"].append(share - n / len(places))
        found["over_width"].append(share - width)
    ends = {name: np.quantile(of, [0.025, 0.975], method="weibull") for name, of in found.items()}
    expected = {"lower": ends["share"][0], "upper": ends["share"][1]}
    expected |= {f"{name}_lower": ends[name][0] for name in ("money", "over_lots", "over_width")}
    expected |= {f"{name}_upper": ends[name][1] for name in ("money", "over_lots", "over_width")}
    marks = {"sample": "valid_sales", "queue": "by stated chance", "budget": "10"}
    shown = [item for part in OF_DRAWS for item in read_page.of("price", part=part, **marks)]
    assert [item for item in shown if not near(item.value, expected[item.marks["part"]])] == []
    assert {item.marks["part"] for item in shown} == set(OF_DRAWS)
    assert len(shown) >= 8


def test_every_other_interval_of_looking_is_that_of_the_table_and_holds_its_figure(read_page, small_run):
    price = pd.read_parquet(small_run / "evaluation" / "price_of_flagging.parquet")
    price = price.set_index(["sample", "name", "budget_pct"])
    shown = [item for part in OF_DRAWS for item in read_page.of("price", part=part)]
    for item in shown:
        told = price.loc[(item.marks["sample"], item.marks["queue"], int(item.marks["budget"]))]
        assert near(item.value, told[item.marks["part"]]), item
    given = price[price["lower"].notna()]
    assert ((given["lower"] <= given["share"]) & (given["share"] <= given["upper"])).mean() > 0.99
    assert len(shown) > 150


def rank_interval(ratio, level):
    """The interval of a median by ranks, from the formula of the standard."""
    z, n, ordered = stats.norm.ppf(0.5 + level / 2), len(ratio), sorted(ratio)
    low, high = math.ceil(n / 2 - z * math.sqrt(n) / 2), math.floor(1 + n / 2 + z * math.sqrt(n) / 2)
    return ordered[max(low, 1) - 1], ordered[min(high, n) - 1]


def test_the_level_of_each_month_is_found_again(read_page, sales):
    valued = sales[sales["appraised_value"].notna()]
    ratio = (valued["appraised_value"] / valued["sale_price"]).groupby(valued["sale_date"].dt.strftime("%Y-%m"))
    months = {name: part.tolist() for name, part in ratio}
    shown = read_page.of("month")
    for item in shown:
        part = months[item.marks["month"]]
        low, high = rank_interval(part, 0.95)
        found = {"n_sales": len(part), "estimate": median(part), "lower": low, "upper": high}
        assert near(item.value, found[item.marks.get("part", "n_sales")]), item
    assert len(shown) > 8


def test_the_worst_misses_are_the_sales_furthest_from_their_price(read_page, sales):
    valued = sales[sales["appraised_value"].notna()].set_index("sale_id")
    valued = valued.assign(ratio=valued["appraised_value"] / valued["sale_price"])
    far = valued["ratio"].map(lambda ratio: abs(math.log(ratio)))
    shown = read_page.of("sale")
    assert {item.marks["sale"] for item in shown} == set(far.sort_values(ascending=False).head(25).index)
    assert all(near(item.value, valued.loc[item.marks["sale"], item.marks["part"]]) for item in shown)


def test_the_roll_is_counted_again(read_page, roll):
    parts = {"all": roll, **dict(list(roll.groupby("dwelling_type")))}
    for item in [item for item in read_page.of("roll") if "group" in item.marks]:
        part = parts[item.marks["group"]]
        value = sorted(part["appraised_value"].dropna())
        found = {
            "dwellings": len(part),
            "dwellings_valued": len(value),
            "flagged_share": (~part["flags"].isin(["", "drawn-at-random"])).mean(),
            "drawn_share": (part["flags"] == "drawn-at-random").mean(),
            "median_width": np.nanmedian((part["upper_value"] - part["lower_value"]) / part["appraised_value"]),
            **{f"quantile_{share:g}": quantile(value, share) for share in (0.1, 0.5, 0.9)},
        }
        assert near(item.value, found[item.marks["of"]]), item
    said = {(item.marks["of"], item.value) for item in read_page.of("roll") if set(item.marks) == {"kind", "of"}}
    n_valued = int(roll["appraised_value"].notna().sum())
    assert said >= {("dwellings", len(roll)), ("dwellings_not_valued", len(roll) - n_valued)}
    assert len(said) == len({name for name, _ in said})


def test_the_time_index_is_found_again(read_page, small_run):
    table = pd.read_parquet(small_run / "time_index.parquet")
    whole = table[(table["market_area"] == "all") & (table["dwelling_type"] == "all")]
    months = whole.set_index(whole["month"].dt.strftime("%Y-%m"))
    shown = read_page.of("index")
    for item in shown:
        row = months.loc[item.marks["month"]]
        shift = {"index": 0.0, "lower": -1.959964, "upper": 1.959964}
        part = item.marks["part"]
        found = {name: 100 * math.exp(row["log_index"] + z * row["standard_error"]) for name, z in shift.items()}
        assert near(item.value, {**found, "n_sales": row["n_sales"]}[part]), item
    assert len(shown) > 40


def test_the_map_holds_each_placed_sale_once_and_its_medians_are_found_again(read_page, sales, roll):
    places = roll.set_index("dwelling_id")
    ratio = sales["appraised_value"] / sales["sale_price"]
    n_known = sum(item.value for item in read_page.of("map", part="n_sales"))
    n_placed = int((ratio.notna() & sales["dwelling_id"].map(places["x_m"]).notna()).sum())
    assert 0 < n_known <= n_placed
    assert all(item.value >= 20 for item in read_page.of("map", part="n_sales"))
    known = set(ratio.round(9))
    middles = [item.value for item in read_page.of("map", part="lower") + read_page.of("map", part="upper")]
    assert {round(value, 9) for value in middles} <= known


def test_the_difference_to_the_prior_value_is_found_again(read_page, sales):
    for item in read_page.of("rival"):
        chosen = SAMPLE[item.marks["sample"]](sales) & sales["appraised_value"].notna() & sales["prior_value"].notna()
        both = sales[chosen]
        prices = both["sale_price"].tolist()
        second = SECOND[item.marks["statistic"]]
        ours, theirs = (second(both[name].tolist(), prices) for name in ("appraised_value", "prior_value"))
        found = {"n": len(both), "boosted": ours, "prior": theirs, "estimate": ours - theirs}
        assert near(item.value, found.get(item.marks["part"], item.value)), item


def test_how_far_the_ratios_reach_is_found_again(read_page, sales):
    both = sales[sales["appraised_value"].notna() & sales["prior_value"].notna()]
    for item in read_page.of("reach"):
        ratio = sorted(v / p for v, p in zip(both[COLUMN[item.marks["model"]]], both["sale_price"], strict=True))
        assert near(item.value, {"lowest": ratio[0], "highest": ratio[-1]}[item.marks["part"]]), item
    assert len(read_page.of("reach")) == 4


def test_the_districts_that_differ_beyond_chance_are_counted_again(read_page, study):
    areas = study.loc[("all_sales", "boosted", "market_area")].xs("median_ratio", level="statistic")
    known = areas[areas["lower"].notna()]
    whole = study.loc[("all_sales", "boosted", "overall", "all", "median_ratio"), "estimate"]
    off = int(((known["lower"] > whole) | (known["upper"] < whole)).sum())
    found = {"known": len(known), "few": len(areas) - len(known), "off": off, "chance": 0.05 * len(known)}
    assert [item for item in read_page.of("districts") if not near(item.value, found[item.marks["of"]])] == []


def test_every_kind_of_figure_is_held_against_something(read_page):
    recomputed = {
        "ratio",
        "size",
        "coverage",
        "flag",
        "risk",
        "month",
        "sale",
        "roll",
        "index",
        "map",
        "rival",
        "reach",
        "price",
        "flags",
        "accuracy_class",
        "coverage_goals",
    }
    counted = {
        "sales",
        "holdout",
        "screening",
        "districts",
        "goals",
        "goal",
        "squares",
        "promised",
        "raw",
        "contribution",
    }
    assert {item.marks["kind"] for item in read_page.figures} <= recomputed | counted


def test_the_counts_of_sales_are_found_again(read_page, small_run, sales):
    every = pd.read_parquet(small_run / "sales.parquet")
    early, valid = ~every["is_holdout"], every["is_valid_sale"]
    found = {
        "learned_from": (early & valid).sum(),
        "excluded": (early & ~valid).sum(),
        "before": early.sum(),
        "doubted": (~early & ~valid).sum(),
    }
    shown = read_page.of("sales")
    assert {item.marks["of"] for item in shown} >= {"learned_from", "excluded"}
    assert [item for item in shown if item.value != found[item.marks["of"]]] == []
    held = {"sales": len(sales), "sales_not_valued": sales["appraised_value"].isna().sum()}
    assert [item for item in read_page.of("holdout") if item.value != held[item.marks["of"]]] == []


def test_goals_screening_and_contributions_are_those_of_their_files(read_page, small_run):
    import json

    metrics = json.loads((small_run / "evaluation" / "metrics.json").read_text("utf-8"))
    goals = {item["name"]: item for item in metrics["goals"]}
    for item in read_page.of("goal"):
        assert near(item.value, goals[item.marks["goal"]][item.marks.get("of", "figure")]), item
    missed = sum(not item["is_reached"] for item in goals.values())
    assert {(item.marks["of"], item.value) for item in read_page.of("goals")} <= {
        ("all", len(goals)),
        ("missed", missed),
    }
    rules = pd.read_csv(small_run / "screen" / "summary.csv", keep_default_na=False).set_index("code")
    assert all(item.value == rules.loc[item.marks["code"], item.marks["of"]] for item in read_page.of("screening"))
    lines = pd.read_csv(small_run / "explain" / "characteristics.csv").set_index("line")
    moved = [item for item in read_page.of("contribution") if "line" in item.marks]
    assert len(moved) > 10
    assert all(near(item.value, lines.loc[item.marks["line"], "mean_absolute_contribution"]) for item in moved)


def test_the_hundred_squares_are_the_shares_rounded_and_sum_to_a_hundred(read_page, sales):
    ends = [
        round(100 * SECOND[name](sales["appraised_value"].tolist(), sales["sale_price"].tolist()))
        for name in ("share_within_5", "share_within_10", "share_within_20")
    ]
    found = [item.value for item in read_page.of("squares")][:4]
    assert found == [ends[0], ends[1] - ends[0], ends[2] - ends[1], 100 - ends[2]]


def test_what_people_read_is_the_figure_rounded(read_page):
    def number(text):
        return float(text.replace("\u00a0", "").replace(",", "").replace("−", "-"))

    english = [item for item in read_page.figures if "," not in item.text or item.value >= 1000]
    wrong = []
    for item in english:
        if "\u00a0" in item.text or ("," in item.text and "." not in item.text and item.value < 1000):
            continue
        digits = len(item.text.partition(".")[2])
        shown = number(item.text)
        near_enough = [abs(factor * item.value - shown) <= 0.5000001 * 10**-digits for factor in (1, 100)]
        wrong += [] if any(near_enough) else [item]
    assert wrong == []
    assert len(english) > 1000


def test_no_figure_stands_unmarked_in_a_cell_of_numbers(text, read_text):
    # Names (dwellings, dates, flags, limits) stand unmarked, and so do settings; a lone number would be a figure.
    before_settings = read_text(text[: text.index('id="made-of"')])
    lone = [text for text in before_settings.unmarked if text.strip().replace("−", "").replace(".", "").isdigit()]
    assert lone == []

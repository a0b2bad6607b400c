from pathlib import Path

import pytest

from valuation.errors import JurisdictionRefused, TooManyRejectedRows, WrongUse
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.raw_check import check_jurisdiction

SHIPPED = Path(__file__).parents[3] / "data" / "jurisdictions"


def altered(tmp_path, old, new, name="king_county"):
    """Return a copy of a shipped file with one text replaced, and the line at which it stands."""
    text = (SHIPPED / f"{name}.yaml").read_text("utf-8")
    at = text.index(old)
    path = tmp_path / "altered.yaml"
    path.write_text(text[:at] + new + text[at + len(old) :], "utf-8")
    return path, text[:at].count("\n") + 1


def refusal(path):
    with pytest.raises(JurisdictionRefused) as refused:
        read_jurisdiction(path)
    return str(refused.value)


@pytest.mark.parametrize("name", ["king_county", "singapore_hdb", "lucas_county", "trondheim"])
def test_a_shipped_file_is_good(name):
    assert read_jurisdiction(SHIPPED / f"{name}.yaml").name == name


def test_a_higher_storey_and_a_longer_lease_lower_no_value_in_singapore():
    characteristics = read_jurisdiction(SHIPPED / "singapore_hdb.yaml").characteristics
    promised = {name for name, item in characteristics.items() if item.direction == "raises"}
    assert promised == {"living_area_m2", "floor", "built_year"}


@pytest.mark.parametrize(
    ("old", "new", "found", "remedy"),
    [
        ("currency: USD", "curency: USD", "curency: unknown key", "did you mean `currency`?"),
        ("    direction: raises", "    directon: raises", "directon: unknown key", "did you mean `direction`?"),
        ("unit: ft2}", "units: ft2}", "units: unknown key", "did you mean `unit`?"),
        ("    kind: number", "    kind: nummer", "found 'nummer'", "'number'"),
        ("holdout_from: 2015-03-01", "holdout_from: soon", "found 'soon'", "a date such as 2026-01-01"),
        ("holdout_from: 2015-03-01", "holdout_from: 2015-06-01", "lies on or after valuation_date", "an earlier day"),
        ("currency: USD", "currency: dollars", "found 'dollars'", "text like"),
        ("    group: size", "    group: sise", "group 'sise'", "one of size, plot"),
        ("unit: ft2}", "unit: foot}", "unit 'foot'", "one of acre"),
        ("unit: ft2}", "unit: acres}", "unit 'acres'", "one of acre"),
        ("    unit: m2", "    unit: year", "'ft2' cannot become 'year'", "among acre"),
        ("    plausible: [30, 700]", "    plausible: [700, 30]", "lower bound", ""),
        ("    plausible: [30, 700]", "    plausible: [30, 7000]", "narrower than plausible", ""),
        ("    plausible: [30, 700]", "    plausible: [30, .inf]", "found inf", "a finite number"),
        ("    plausible: [30, 700]", "    plausible: 30", "found 30", "a list"),
        ("    role: living_area", "    role: living_room", "found 'living_room'", "living_area"),
        ("  table: sales", "  table: sale", "no table is called 'sale'", "one of sales"),
        ("crs: EPSG:32610", "crs: EPSG:4326", "is measured in degree", "metres"),
        ("crs: EPSG:32610", "crs: EPSG:1", "no reference system", "EPSG:25832"),
        ("bounds: [520000, 5215000", "bounds: [720000, 5215000", "bounds", "each minimum below"),
        ("file: kc_house_data.csv", "file: ../kc_house_data.csv", "../kc_house_data.csv", "inside the raw folder"),
        ("licence: CC0-1.0", "licence: CC0-1.0\n    encoding: rot13", "no encoding is called 'rot13'", "utf-8, cp1252"),
        ("licence: CC0-1.0", "licence: CC0-1.0\n    encoding: utf-9", "no encoding is called 'utf-9'", "utf-8, cp1252"),
        ("licence: CC0-1.0", "licence: CC0-1.0\n    encoding: utf-16", "encoding 'utf-16'", "one byte a sign"),
        ("url: https:", "url: file:", "url", "https://"),
        ("  bedrooms:", "  sale_price:", "is a column of the output folder", "another name"),
        ("  bedrooms:", "  Bed Rooms:", "name 'Bed Rooms'", "small letters"),
        ("{column: bedrooms}", '{column: bedrooms, pattern: "(["}', "pattern", "a regular expression"),
        ("{column: bedrooms}", "{table: rooms, column: bedrooms}", "table 'rooms' is not joined", "sales"),
        ("{column: bedrooms}", "{constant: a, column: bedrooms}", "exactly one of column", ""),
        ("    kind: integer", "    kind: category\n    direction: raises", "direction: belongs to a number", ""),
        (
            "    kind: integer",
            "    kind: integer\n    known_since: 2015-06-02",
            "lies after valuation_date",
            "leave the",
        ),
        ("    required: true", "    known_since: 2015-01-01", "every sale needs this characteristic", ""),
        ("schema_version: 1", "schema_version: 2", "found 2", "one of 1"),
        ("labels: {en: Living area,", "labels: {", "en: is missing", "add `en:` here"),
        ('map: {"0": false', "map: {0: false", "found 0", "quotation marks"),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_what_was_expected(tmp_path, old, new, found, remedy):
    path, line = altered(tmp_path, old, new)
    text = refusal(path)
    assert f"altered.yaml:{line}:" in text.replace(f"altered.yaml:{line + 1}:", f"altered.yaml:{line}:")
    assert found in text
    assert remedy in text


def test_all_mistakes_are_said_at_once(tmp_path):
    path, _ = altered(tmp_path, "currency: USD", "curency: USD")
    text = path.read_text("utf-8")
    text = text.replace("    group: quality", "    group: qualiti", 1).replace("kind: ordinal", "kind: ordnal", 1)
    path.write_text(text, "utf-8")
    said = refusal(path)
    assert "4 mistakes" in said
    assert [word for word in ("curency", "add `currency:`", "qualiti", "ordnal") if word not in said] == []


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path, line = altered(tmp_path, "currency: USD", "currency: USD\ncurrency: NOK")
    assert f"altered.yaml:{line + 1}: currency: stands a second time (first on line {line})" in refusal(path)


def test_a_missing_role_is_said(tmp_path):
    path, _ = altered(tmp_path, "    role: living_area\n", "")
    assert "none plays the role 'living_area'" in refusal(path)


def test_a_role_played_twice_is_said_at_the_second(tmp_path):
    path, line = altered(tmp_path, "    kind: integer", "    role: living_area\n    kind: integer")
    assert f":{line}: characteristics.bedrooms.role: role 'living_area' is played by 'living_area_m2'" in refusal(path)


def test_a_level_that_the_map_gives_and_nobody_knows_is_refused(tmp_path):
    path, _ = altered(tmp_path, "bilevel: bilevel}", "bilevel: tolevel}", "lucas_county")
    assert "the map gives 'tolevel'" in refusal(path)


def test_words_such_as_no_and_on_are_words(tmp_path):
    path, _ = altered(tmp_path, 'map: {"0": false, "1": true}', "map: {no: false, yes: true, on: true}")
    assert read_jurisdiction(path).characteristics["waterfront"].origin.map == {"no": False, "yes": True, "on": True}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"name: [unclosed\n", 2),
        (b"a: 1\n\tb: 2\n", 2),
        (b"a: 'x\n", 2),
        (b"- just\n- a list\n", 1),
        (b"only words\n", 1),
        (b"", 1),
        (b"# nothing but a remark\n", 1),
        (b"a: 1\nb: \xff\xfe\n", 2),
        (b"a: 1\n\nb: \x00\n", 3),
        (b"a: &x [*x]\n", 1),
        (b"PK\x03\x04\x00", 1),
    ],
)
def test_a_file_that_is_no_yaml_is_refused_with_the_line(tmp_path, content, line):
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    assert f"broken.yaml:{line}:" in refusal(path)


def test_yaml_cannot_make_objects(tmp_path):
    path = tmp_path / "evil.yaml"
    path.write_text("name: !!python/object/apply:os.system ['true']\n")
    assert "evil.yaml:1:" in refusal(path)


@pytest.mark.parametrize("name", ["no.yaml", "."])
def test_a_file_that_is_not_there_is_wrong_use(tmp_path, name):
    with pytest.raises(WrongUse, match="a jurisdiction file"):
        read_jurisdiction(tmp_path / name)


def test_a_check_with_the_raw_tables_tells_what_would_be_left_out(town):
    town.roll[0]["area"] = "unknown"
    town.roll[1]["area"] = "301"
    town.roll = [{**row, "extra": "1"} for row in town.roll]
    told = list(check_jurisdiction(town.path, town.folder, town.limits))
    assert "roll: 30 rows read, 30 usable" in told
    assert "roll: 1 × not_a_number in 'area' (cell set aside)" in told
    assert "sales: 1 × not_a_number in 'area' (row left out)" in told
    assert "roll: 1 × area_m2 outside the plausible 20 to 300" in told
    assert "roll: column 'extra' is neither used nor under `left_out`" in told
    assert not town.out.exists()


LAW = """law:
  reduction: "0.7"
  rate_permille: 3.2
  complaint_weeks: 6
  sources: {reduction: § 1, rate_permille: the council, complaint_weeks: § 2}
"""


def with_law(tmp_path, old="", new=""):
    """Return a copy of a shipped file with the rules of law above, one text in them replaced."""
    path = tmp_path / "taxed.yaml"
    path.write_text((SHIPPED / "king_county.yaml").read_text("utf-8") + LAW.replace(old, new), "utf-8")
    return path


@pytest.mark.parametrize(
    ("cells", "rule"), [({"price": "NaN"}, "not_a_number"), ({"sold": "01.02.2031"}, "sold_after_the_valuation_date")]
)
def test_a_check_refuses_the_tables_that_a_run_refuses_after_all_that_was_found(town, cells, rule):
    for row in town.sales[:15]:
        row.update(cells)
    told = []
    with pytest.raises(TooManyRejectedRows, match="15 of 30 rows cannot be used for the sales") as checked:
        told.extend(check_jurisdiction(town.path, town.folder, town.limits))
    assert any(f"15 × {rule}" in line for line in told)
    assert str(checked.value) == town.refusal()


def test_a_check_says_why_rows_read_are_more_than_rows_usable(town):
    town.sales += town.sales[:5]
    told = list(check_jurisdiction(town.path, town.folder))
    assert "sales: 35 rows read, 30 usable" in told
    assert "sales: 5 × a row that stands there already; it counts once" in told


def test_the_check_tells_each_rule_of_law_with_its_source(tmp_path):
    assert [line for line in check_jurisdiction(with_law(tmp_path)) if line.startswith("law: ")] == [
        "law: reduction: 0.7 × the appraised value (§ 1)",
        "law: rate_permille: 3.2 permille of what is left (the council)",
        "law: complaint_weeks: 6 weeks to complain (§ 2)",
    ]


def test_the_check_says_that_no_rules_of_law_are_given():
    assert "law: no rules given; no tax is worked out" in check_jurisdiction(SHIPPED / "king_county.yaml")


@pytest.mark.parametrize(
    ("old", "new", "found", "expected"),
    [
        ('"0.7"', '"1.3"', "law.reduction: found '1.3'", "less than or equal to 1"),
        ('"0.7"', "0", "law.reduction: found 0", "greater than 0"),
        ('"0.7"', ".nan", "law.reduction: found nan", "a finite number"),
        ('"0.7"', "a third", "law.reduction: found 'a third'", "a number"),
        ("3.2", "-1", "law.rate_permille: found -1", "greater than or equal to 0"),
        ("3.2", "3200", "law.rate_permille: found 3200", "less than or equal to 1000"),
        ("rate_permille: 3.2", "deduction: -5", "law.deduction: found -5", "greater than or equal to 0"),
        ("rate_permille: 3.2", "rounding: up", "law.rounding: found 'up'", "one of 'half_up'"),
        ("weeks: 6", "weeks: 0", "law.complaint_weeks: found 0", "greater than or equal to 1"),
        ("weeks: 6", "weeks: six", "law.complaint_weeks: found 'six'", "a whole number"),
        ("weeks: 6", "weeks: true", "complaint_weeks True", "a number"),
        ("reduction: § 1, ", "", "reduction '0.7' has no source", "`sources: {reduction: ...}`"),
        ("§ 1", '" "', "reduction '0.7' has no source", "`sources: {reduction: ...}`"),
        ("weeks: § 2", "weeks: § 2, deduction: § 3", "a source of deduction, which is not given", "`deduction` under"),
        ("weeks: § 2", "months: § 2", "complaint_months", "complaint_weeks"),
    ],
)
def test_a_rule_of_law_nobody_can_mean_is_refused(tmp_path, old, new, found, expected):
    text = refusal(with_law(tmp_path, old, new))
    assert found in text
    assert expected in text

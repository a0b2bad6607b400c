"""What stands several times counts once, or not at all where its records contradict each other."""

import pytest

from valuation.errors import RawTableRefused


def test_a_row_that_stands_twice_letter_for_letter_is_dropped_and_counted(town):
    town.roll.append(town.roll[0])
    town.sales.append(town.sales[0])
    assert town.found() == []
    assert len(town.written_roll) == len(town.written_sales) == 30


def test_like_sales_are_kept_where_the_file_says_so(town):
    town.file["sales"]["exact_duplicates"] = "keep"
    town.sales.append(town.sales[0])
    town.ingest()
    assert [name[-1] for name in town.written_sales["sale_id"] if name.startswith("0301-1/2")] == ["1", "2"]


def test_a_dwelling_with_conflicting_records_is_listed_and_not_valued(town):
    town.params = {"max_rejected_share": 0.1}
    town.roll.append({**town.roll[29], "area": "61,5"})
    town.sales = town.sales[:29]
    town.file["sales"] |= {"joins": [{"table": "roll", "on": {"number": "number"}, "required": True}]}
    with pytest.raises(RawTableRefused, match=r"lines 31, 32: number is '30/31' more than once"):
        town.ingest()


def test_conflicting_records_of_a_roll_are_named_with_what_differs(town):
    town.sales = [{**sale, **home} for sale, home in zip(town.sales, town.roll, strict=True)]
    del town.file["sales"]["joins"]
    town.file["sales"]["dwelling_id"].pop("table")
    town.roll.append({**town.roll[29], "area": "61,5", "street": "Elsewhere"})
    findings = town.ingest()
    differing = "address, area_m2, street"
    assert findings["line"].tolist() == ["31", "32"]
    assert findings["rule"].tolist() == ["conflicting_records"] * 2
    assert findings["value"].tolist() == [differing] * 2
    assert "0301-30/31" not in town.written_roll.index


def test_records_that_differ_only_in_columns_nobody_uses_are_one_dwelling(town):
    town.sales = [{**sale, **home} for sale, home in zip(town.sales, town.roll, strict=True)]
    del town.file["sales"]["joins"]
    town.file["sales"]["dwelling_id"].pop("table")
    town.roll.append({**town.roll[29], "comment": "again"})
    assert town.found() == []
    assert len(town.written_roll) == 30


def test_two_sales_with_one_identity_that_differ_are_both_left_out(town):
    town.file["sales"]["sale_id"] = {"column": "number", "table": "sales"}
    town.sales.append({**town.sales[0], "price": "9 000 000"})
    assert [row[:3] for row in town.found()] == [
        ("conflicting_records", "sales", "2"),
        ("conflicting_records", "sales", "32"),
    ]


def test_the_roll_can_be_the_last_sale_of_each_dwelling(town):
    town.sales = [{**sale, **home} for sale, home in zip(town.sales, town.roll, strict=True)]
    town.sales.append({**town.sales[0], "sold": "30.11.2024", "area": "99,5"})
    town.file["sales"] = {
        "table": "sales",
        "dwelling_id": town.file["roll"]["dwelling_id"],
        "sale_date": town.file["sales"]["sale_date"],
        "sale_price": {"column": "price"},
    }
    town.file["roll"] |= {"table": "sales", "keep": "latest_sale"}
    town.ingest()
    assert len(town.written_sales) == 31
    assert len(town.written_roll) == 30
    assert town.written_roll.loc["0301-1/2", "area_m2"] == 99.5

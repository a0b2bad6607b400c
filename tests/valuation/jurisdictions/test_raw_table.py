import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from valuation.errors import RawTableRefused, WrongUse
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_table import read_raw_table


def read(folder, data, name="t.csv", **layout):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return read_raw_table("t", RawTable(file=name, licence="none", published_by="nobody", **layout), folder)


def refusal(folder, data, name="t.csv", **layout):
    with pytest.raises(RawTableRefused) as refused:
        read(folder, data, name, **layout)
    return str(refused.value)


def test_every_cell_is_kept_letter_for_letter(tmp_path):
    raw = read(tmp_path, 'id,street,zone,comment\n0301,None,NA,null\n"1,5",nan,,"a ""b"""\n')
    assert raw.cells.to_pylist() == [
        {"id": "0301", "street": "None", "zone": "NA", "comment": "null"},
        {"id": "1,5", "street": "nan", "zone": "", "comment": 'a "b"'},
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbfa;b\n1;2\n", delimiter=";").cells.column_names == ["a", "b"]


def test_windows_1252_is_read_when_the_file_says_so(tmp_path):
    raw = read(tmp_path, "gate;byggeår\nBjørkås–vei;1950\n".encode("cp1252"), delimiter=";", encoding="cp1252")
    assert raw.cells.to_pylist() == [{"gate": "Bjørkås–vei", "byggeår": "1950"}]


def test_windows_1252_under_the_name_of_utf_8_is_refused_with_the_line(tmp_path):
    text = refusal(tmp_path, "gate\nStorgata\nBj\u00f8rk\n".encode("cp1252"))
    assert "line 3" in text
    assert "cp1252" in text


def test_utf_8_under_the_name_of_windows_1252_is_refused_with_the_line(tmp_path):
    text = refusal(tmp_path, "gate\nStorgata\nBjørk\n", encoding="cp1252")
    assert "line 3" in text
    assert "encoding: utf-8" in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_encodings_are_refused(tmp_path, encoding):
    assert "CSV UTF-8" in refusal(tmp_path, "a,b\n1,2\n".encode(encoding))


def test_an_excel_workbook_is_refused_as_such(tmp_path):
    assert "Excel" in refusal(tmp_path, b"PK\x03\x04 and so on")


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "   \r\n"])
def test_an_empty_file_is_refused(tmp_path, text):
    assert "empty" in refusal(tmp_path, text)


def test_a_header_without_rows_is_refused(tmp_path):
    assert "no row" in refusal(tmp_path, "a,b\n")


def test_a_column_name_that_stands_twice_is_refused(tmp_path):
    assert "two columns are called 'a'" in refusal(tmp_path, "a,b,a\n1,2,3\n")


def test_a_wrong_delimiter_is_refused_with_the_right_one(tmp_path):
    text = refusal(tmp_path, "a;b;c\n1;2;3\n")
    assert 'delimiter: ";"' in text
    assert "says delimiter ','" in text


def test_a_file_with_one_column_is_a_table(tmp_path):
    assert read(tmp_path, "a\n1\n2\n").n_rows == 2


def test_a_quoted_line_break_is_part_of_its_cell_and_lines_are_counted_on(tmp_path):
    raw = read(tmp_path, 'a,b\n1,"x\ny\nz"\n2,u\n3,v\n')
    assert raw.lines.tolist() == [2, 5, 6]
    assert raw.cells.column("b").to_pylist() == ["x\ny\nz", "u", "v"]


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_line_ends_of_any_system_are_read(tmp_path, line_end):
    raw = read(tmp_path, f"a,b{line_end}1,2{line_end}3,4{line_end}")
    assert raw.cells.to_pylist() == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_file_cut_within_a_row_is_refused_with_the_line(tmp_path):
    text = refusal(tmp_path, "a,b,c\n1,2,3\n4,5")
    assert "line 3" in text
    assert "cut" in text


def test_a_file_cut_within_a_quoted_cell_is_refused(tmp_path):
    assert "never closed" in refusal(tmp_path, 'a,b\n1,"x"\n2,"y')


def test_a_file_cut_within_its_last_cell_is_refused(tmp_path):
    assert "last line does not end" in refusal(tmp_path, "a,b\n1,200\n3,4")


def test_a_program_that_never_ends_the_last_line_can_be_declared(tmp_path):
    assert read(tmp_path, "a,b\n1,200\n3,4", ends_with_newline=False).n_rows == 2


def test_half_of_a_file_is_never_read_as_a_whole_one(tmp_path):
    whole = "id,price,street\n" + "".join(f'{i},{1000 + i},"Gate {i}"\n' for i in range(40))
    cuts = [cut for cut in range(17, len(whole)) if whole[cut - 1] != "\n"]
    assert len([refusal(tmp_path, whole[:cut]) for cut in cuts]) == len(cuts)


def test_rows_of_another_length_are_left_out_with_their_lines(tmp_path):
    raw = read(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [bad.line for bad in raw.bad_rows] == [3, 4]
    assert {bad.rule for bad in raw.bad_rows} == {"wrong_number_of_cells"}
    assert raw.lines.tolist() == [2, 5]


def test_a_header_in_the_middle_and_a_row_of_sums_are_left_out_with_their_lines(tmp_path):
    raw = read(tmp_path, "id;area;price;zone\n1;50;100;a\nid;area;price;zone\n2;60;200;b\nSum;;300;\n", delimiter=";")
    assert [(bad.line, bad.rule) for bad in raw.bad_rows] == [(3, "header_again"), (5, "summary_row")]
    assert raw.cells.column("id").to_pylist() == ["1", "2"]


def test_a_street_called_total_is_no_row_of_sums(tmp_path):
    assert read(tmp_path, "id,street,area,price\n1,Total Road,50,100\n").n_rows == 1


def test_rows_of_empty_cells_below_the_table_are_no_rows(tmp_path):
    raw = read(tmp_path, "a,b\n1,2\n,\n,\n\n")
    assert raw.n_rows == 1
    assert raw.bad_rows == ()


def test_the_hint_of_excel_for_itself_is_no_header(tmp_path):
    raw = read(tmp_path, "sep=;\na;b\n1;2\n", delimiter=";")
    assert raw.cells.column_names == ["a", "b"]
    assert raw.lines.tolist() == [3]


def test_a_file_that_is_not_there_is_named_beside_those_that_are(tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")
    with pytest.raises(WrongUse, match=r"other\.csv"):
        read_raw_table("t", RawTable(file="t.csv", licence="none", published_by="nobody"), tmp_path)


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path):
    with pytest.raises(WrongUse, match="--raw"):
        read_raw_table("t", RawTable(file="t.csv", licence="none", published_by="nobody"), tmp_path / "no")


def test_a_gzip_file_is_read(tmp_path):
    assert read(tmp_path, gzip.compress(b"a,b\n1,2\n"), "t.csv.gz").n_rows == 1


def test_a_cut_gzip_file_is_refused(tmp_path):
    packed = gzip.compress("".join(f"{i},{i * 7919 % 1000}\n" for i in range(2000)).encode())
    assert "cut" in refusal(tmp_path, packed[: len(packed) // 2], "t.csv.gz")


def test_a_flipped_byte_in_a_gzip_file_is_refused(tmp_path):
    packed = bytearray(gzip.compress("".join(f"{i},{i * 7919 % 1000}\n" for i in range(2000)).encode()))
    packed[len(packed) // 2] ^= 0xFF
    assert "damaged" in refusal(tmp_path, bytes(packed), "t.csv.gz")


def test_a_gzip_bomb_is_refused(tmp_path):
    assert "expand" in refusal(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 5_000_000), "t.csv.gz")


def test_a_parquet_file_is_read_as_text(tmp_path):
    pq.write_table(pa.table({"id": ["0301"], "area": [52.5], "rooms": [3], "note": [None]}), tmp_path / "t.parquet")
    raw = read_raw_table("t", RawTable(file="t.parquet", licence="none", published_by="nobody"), tmp_path)
    assert raw.cells.to_pylist() == [{"id": "0301", "area": "52.5", "rooms": "3", "note": ""}]


def test_a_column_that_is_not_there_is_named_with_the_nearest_that_is(tmp_path):
    raw = read(tmp_path, "dato,pris\n1,2\n")
    with pytest.raises(RawTableRefused, match="nearest is 'pris'"):
        raw.require("priss", "sale_price")

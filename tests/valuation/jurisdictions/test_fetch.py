import hashlib
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from valuation.errors import RawTableRefused, ValuationError, WrongUse
from valuation.jurisdictions.fetch import fetch
from valuation.jurisdictions.reading import read_jurisdiction

SALES, ROLL = b"number;sold\n" + b"1/2;01.01.2024\n" * 5000, b"number;area\n1/2;60\n"


class Source(BaseHTTPRequestHandler):
    """A public source on this machine, with the habits of real ones."""

    files: dict[str, bytes]
    drops: dict[str, int]
    asked: list[tuple[str, str | None]]

    def do_GET(self):
        """Answer, from a byte on when asked to; drop the connection where the test says so."""
        wanted = self.headers.get("Range")
        self.asked.append((self.path, wanted))
        data = self.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first : self.drops.pop(self.path, len(data))])

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def source():
    """A server on the loopback address; its files, dropped connections and requests."""
    handler = type("Handler", (Source,), {"files": {"/sales.csv": SALES, "/roll.csv": ROLL}, "drops": {}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    handler.address = f"http://127.0.0.1:{server.server_port}"
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def offered(town, source, **changes):
    """The town's jurisdiction, its tables offered by the source."""
    for name, data in (("sales", SALES), ("roll", ROLL)):
        town.file["tables"][name]["download"] = {
            "url": f"{source.address}/{name}.csv",
            "sha256": hashlib.sha256(data).hexdigest(),
        } | changes.get(name, {})
    return read_jurisdiction(town.path)


def test_every_table_is_fetched_and_whole(town, source, tmp_path):
    paths = fetch(offered(town, source), tmp_path / "raw")
    assert [path.name for path in paths] == ["sales.csv", "roll.csv"]
    assert paths[0].read_bytes() == SALES
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == ["roll.csv", "sales.csv"]


def test_a_file_that_is_there_is_not_fetched_again(town, source, tmp_path):
    jurisdiction = offered(town, source)
    fetch(jurisdiction, tmp_path / "raw")
    source.asked.clear()
    fetch(jurisdiction, tmp_path / "raw")
    assert source.asked == []


def test_a_file_that_was_changed_is_fetched_again(town, source, tmp_path):
    jurisdiction = offered(town, source)
    first = fetch(jurisdiction, tmp_path / "raw")[0]
    first.write_bytes(b"changed")
    fetch(jurisdiction, tmp_path / "raw")
    assert first.read_bytes() == SALES


def test_a_dropped_connection_leaves_no_file_and_the_next_attempt_goes_on_from_there(town, source, tmp_path):
    jurisdiction = offered(town, source)
    source.drops["/sales.csv"] = 40_000
    with pytest.raises(ValuationError, match=r"dropped after 40,000 of 75,012 bytes[\s\S]*--raw") as refused:
        fetch(jurisdiction, tmp_path / "raw")
    assert refused.value.exit_code == 1
    assert not (tmp_path / "raw" / "sales.csv").exists()
    fetch(jurisdiction, tmp_path / "raw")
    assert (tmp_path / "raw" / "sales.csv").read_bytes() == SALES
    assert ("/sales.csv", "bytes=40000-") in source.asked


def test_other_bytes_than_expected_are_refused_and_not_kept(town, source, tmp_path):
    jurisdiction = offered(town, source, sales={"sha256": "0" * 64})
    with pytest.raises(RawTableRefused, match="never compared") as refused:
        fetch(jurisdiction, tmp_path / "raw")
    text = str(refused.value)
    assert hashlib.sha256(SALES).hexdigest() in text
    assert "0" * 64 in text
    assert "--raw" in text
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_verified_source_that_changed_is_refused_without_excuse(town, source, tmp_path):
    jurisdiction = offered(town, source, sales={"sha256": "0" * 64, "verified": True})
    with pytest.raises(RawTableRefused) as refused:
        fetch(jurisdiction, tmp_path / "raw")
    assert "never compared" not in str(refused.value)


def test_a_part_of_another_file_is_refused_and_the_next_attempt_is_good(town, source, tmp_path):
    jurisdiction = offered(town, source)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / ".sales.csv.part").write_bytes(b"something else")
    with pytest.raises(RawTableRefused):
        fetch(jurisdiction, tmp_path / "raw")
    assert fetch(jurisdiction, tmp_path / "raw")[0].read_bytes() == SALES


def test_an_address_that_is_not_there_is_said_with_the_remedy(town, source, tmp_path):
    jurisdiction = offered(town, source, sales={"url": f"{source.address}/gone.csv"})
    with pytest.raises(ValuationError, match=r"gone\.csv could not be fetched: Not Found"):
        fetch(jurisdiction, tmp_path / "raw")


def test_without_a_network_the_remedy_is_a_folder(town, tmp_path):
    town.file["tables"]["sales"]["download"] = {"url": "http://127.0.0.1:9/sales.csv", "sha256": "0" * 64}
    with pytest.raises(ValuationError, match=r"could not be fetched[\s\S]*--raw"):
        fetch(read_jurisdiction(town.path), tmp_path / "raw")


def test_an_address_may_stand_in_a_json_answer(town, source, tmp_path):
    source.files["/ask"] = json.dumps({"code": 0, "data": {"url": f"{source.address}/sales.csv"}}).encode()
    jurisdiction = offered(town, source, sales={"url": f"{source.address}/ask", "link_at": "data.url"})
    assert fetch(jurisdiction, tmp_path / "raw")[0].read_bytes() == SALES


@pytest.mark.parametrize("answer", [b'{"code": 1}', b"no json", b'{"data": {"url": "file:///etc/hostname"}}', b"[]"])
def test_a_json_answer_without_a_web_address_is_refused(town, source, tmp_path, answer):
    source.files["/ask"] = answer
    jurisdiction = offered(town, source, sales={"url": f"{source.address}/ask", "link_at": "data.url"})
    with pytest.raises(ValuationError, match="could not be fetched"):
        fetch(jurisdiction, tmp_path / "raw")


def test_a_file_is_taken_out_of_an_archive(town, source, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data/sales.csv", SALES)
    source.files["/sales.zip"] = packed.getvalue()
    where = {"url": f"{source.address}/sales.zip", "member": "data/sales.csv"}
    assert fetch(offered(town, source, sales=where), tmp_path / "raw")[0].read_bytes() == SALES
    town.file["tables"]["sales"]["download"]["member"] = "other.csv"
    with pytest.raises(RawTableRefused, match=r"other\.csv"):
        fetch(read_jurisdiction(town.path), tmp_path / "elsewhere")


def test_a_table_without_an_address_is_asked_for_after_the_others_are_fetched(town, source, tmp_path):
    offered(town, source)
    del town.file["tables"]["roll"]["download"]
    town.file["tables"]["roll"]["how_to_get"] = "ask the office"
    with pytest.raises(WrongUse, match="ask the office"):
        fetch(read_jurisdiction(town.path), tmp_path / "raw")
    assert (tmp_path / "raw" / "sales.csv").exists()
    (tmp_path / "raw" / "roll.csv").write_bytes(ROLL)
    assert len(fetch(read_jurisdiction(town.path), tmp_path / "raw")) == 2

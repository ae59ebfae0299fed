"""Remote folders, against a real S3 server and a real web server on this machine, and fsspec's folder in memory."""

from __future__ import annotations

import base64
import gzip
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
import s3fs
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer

from claims_audit.errors import ConfigurationError, NoInputError, StorageError, UsageError
from claims_audit.readers.inputs import remote, remote_faults
from claims_audit.readers.inputs.remote_faults import shown_url
from claims_audit.readers.inputs.source import find_inputs, open_sources, shown_place
from tests.readers.opening import TEXT, Opened, fault_of, opened
from tests.readers.packing import zipped

Storage = dict[str, dict[str, object]]

# Nothing listens there: the port is reserved.
NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No credentials of whoever runs the tests, and no pauses."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "MARKER-KEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "MARKER-SECRET")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(remote_faults, "_PAUSES", (0.0, 0.0))


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(s3_server: str) -> Any:
    """The server as the tests fill it; not the way by which the product reads it."""
    filesystem = fsspec.filesystem("s3", endpoint_url=s3_server, key="tests", secret="tests", use_listings_cache=False)
    filesystem.call_s3("create_bucket", Bucket="claims")
    return filesystem


@pytest.fixture
def s3(s3_server: str, bucket: Any) -> Iterator[Storage]:
    """The options of a server with a bucket named `claims`, empty before and after."""
    yield {"s3": {"endpoint_url": s3_server}}
    bucket.rm(bucket.find("claims"))


def put(bucket: Any, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        bucket.pipe(f"claims/{name}", content)


class WebFolder(SimpleHTTPRequestHandler):
    """A folder over http, with addresses that fail a number of times, stall, or lead nowhere good."""

    faults: ClassVar[dict[str, int]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        if self.path.startswith("/locked/") and self.headers.get("Authorization") != _basic("user", "MARKER"):
            self.send_error(401)
        elif self.faults.get(self.path):
            self.faults[self.path] -= 1
            self.send_error(503)
        elif self.path.startswith("/endless/"):
            self._answer(b"<a href='deeper/'>deeper</a>", "text/html")
        elif self.path == "/index/":
            links = ("a.csv", "?C=N;O=D", "/elsewhere/b.csv", "../up.csv", "x/../../up.csv", "#top", "c%20d.csv")
            page = "".join(f'<a href="{link}">x</a>' for link in links).encode()
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                self._answer(gzip.compress(page), "text/html", encoding="gzip")
            else:
                self._answer(page, "text/html")
        elif self.path.startswith("/short"):
            self._answer(TEXT[:-1], "text/csv", len(TEXT))
        elif self.path == "/encoded.csv":
            self._answer(gzip.compress(TEXT), "text/csv", encoding="gzip")
        elif self.path.startswith(("/index/", "/signed.csv")):
            self._answer(TEXT, "text/csv")
        else:
            super().do_GET()

    def _answer(self, content: bytes, kind: str, length: int | None = None, encoding: str = "identity") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def web_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Host and port of a web server, and the folder that it serves."""
    folder = tmp_path_factory.mktemp("web")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(WebFolder, directory=str(folder)))
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}", folder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web(web_folder: tuple[str, Path]) -> str:
    WebFolder.faults.clear()
    WebFolder.asked.clear()
    return web_folder[0]


def load(spool: Path, url: str, storage: Storage | None = None) -> list[Opened]:
    return [content for item in find_inputs([url], storage) for content in opened(item, spool=spool)]


# S3


def test_a_prefix_is_listed_to_the_bottom_in_order(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    contents = {
        "in/b.csv": b"b",
        "in/a/2.csv": TEXT,
        "in/a/1.csv.gz": gzip.compress(TEXT),
        "in/c.zip": zipped([("x.csv", b"x"), ("y.csv", b"y")]),
        "in/e m$p+t&y=?#.csv": b"",
        "in/.hidden.csv": b"no",
        "in/__MACOSX/a.csv": b"no",
        "in/": b"",
        "inbox.csv": b"no",
        "other/a.csv": b"no",
    }
    put(bucket, contents)
    assert load(tmp_path, "s3://claims/in", s3) == [
        Opened("s3://claims/in/a/1.csv", TEXT),
        Opened("s3://claims/in/a/2.csv", TEXT),
        Opened("s3://claims/in/b.csv", b"b"),
        Opened("s3://claims/in/c.zip!x.csv", b"x"),
        Opened("s3://claims/in/c.zip!y.csv", b"y"),
        Opened("s3://claims/in/e m$p+t&y=?#.csv", b""),
    ]
    assert load(tmp_path, "s3://claims/in/", s3) == load(tmp_path, "s3://claims/in", s3)


def test_one_object_is_an_input_and_so_is_a_whole_bucket(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    put(bucket, {"in/a.csv": TEXT, "b.csv": b"b"})
    (item,) = find_inputs(["s3://claims/in/a.csv"], s3)
    assert (item.name, item.byte_count) == ("s3://claims/in/a.csv", len(TEXT))
    assert opened(item, spool=tmp_path) == [Opened("s3://claims/in/a.csv", TEXT)]
    assert [item.name for item in find_inputs(["s3://claims"], s3)] == ["s3://claims/b.csv", "s3://claims/in/a.csv"]


def test_an_object_larger_than_a_block_comes_whole(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    content = b"".join(b"P%d,1,%d\n" % (number, number**3) for number in range(500_000))
    assert len(content) > remote._BLOCK
    put(bucket, {"a.csv": content})
    assert load(tmp_path, "s3://claims/a.csv", s3) == [Opened("s3://claims/a.csv", content)]


def test_the_endpoint_may_come_from_the_environment(
    tmp_path: Path, s3: Storage, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, {"a.csv": TEXT})
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(s3["s3"]["endpoint_url"]))
    assert load(tmp_path, "s3://claims/a.csv") == [Opened("s3://claims/a.csv", TEXT)]


def test_an_empty_prefix_is_an_empty_folder_and_a_missing_bucket_an_error(s3: Storage) -> None:
    assert find_inputs(["s3://claims/nothing/"], s3) == []
    with pytest.raises(NoInputError, match="s3://nobody/in: no such file or folder"):
        find_inputs(["s3://nobody/in"], s3)


def test_an_object_that_is_too_large_is_not_fetched(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    put(bucket, {"a.csv": TEXT, "b.csv": b"b"})
    first, second = find_inputs(["s3://claims"], s3)
    assert "s3://claims/a.csv: has more than 100 bytes" in fault_of(first, 100, tmp_path)
    assert opened(second, 100, tmp_path) == [Opened("s3://claims/b.csv", b"b")]


def test_an_object_that_is_gone_is_told_and_the_others_load(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    put(bucket, {"a.csv": TEXT, "b.csv": b"b"})
    gone, there = find_inputs(["s3://claims"], s3)
    bucket.rm("claims/a.csv")
    fault = fault_of(gone, spool=tmp_path)
    assert fault.startswith("s3://claims/a.csv: cannot be fetched (there is no such file or folder)")
    assert opened(there, spool=tmp_path) == [Opened("s3://claims/b.csv", b"b")]


def test_an_object_that_shrank_since_it_was_listed_is_told(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    put(bucket, {"a.csv": TEXT})
    (item,) = find_inputs(["s3://claims/a.csv"], s3)
    put(bucket, {"a.csv": TEXT[:50]})
    assert "s3://claims/a.csv: cannot be fetched" in fault_of(item, spool=tmp_path)


def test_downloads_do_not_pile_up(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    put(bucket, {"a.csv": TEXT, "b.csv": TEXT})
    for item in find_inputs(["s3://claims"], s3):
        with open_sources(item, tmp_path, 10**9) as sources:
            for _ in sources:
                assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
        assert not list(tmp_path.iterdir())


def test_a_full_disk_is_no_fault_of_the_remote_file(tmp_path: Path, s3: Storage, bucket: Any) -> None:
    put(bucket, {"a.csv": TEXT})
    (item,) = find_inputs(["s3://claims/a.csv"], s3)
    with (
        pytest.raises(StorageError, match="not there: cannot be written"),
        open_sources(item, tmp_path / "not there", 10**9) as sources,
    ):
        list(sources)


def test_an_endpoint_that_does_not_answer_is_told_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    once: dict[str, object] = {"config_kwargs": {"retries": {"max_attempts": 0}}}
    with pytest.raises(StorageError) as caught:
        find_inputs(["s3://claims/in"], {"s3": {"endpoint_url": f"http://{NOWHERE}/MARKER", **once}})
    assert str(caught.value).startswith("s3://claims/in: cannot be listed (")
    assert_no_secret(caught.value)


# http


def test_a_page_of_a_web_server_is_a_folder(tmp_path: Path, web_folder: tuple[str, Path], web: str) -> None:
    folder = web_folder[1] / "in"
    (folder / "sub folder").mkdir(parents=True, exist_ok=True)
    (folder / "b.csv.gz").write_bytes(gzip.compress(TEXT))
    (folder / "a.csv").write_bytes(b"a")
    (folder / ".hidden").write_bytes(b"no")
    (folder / "sub folder" / "c.csv").write_bytes(b"c")
    assert load(tmp_path, f"http://{web}/in/") == [
        Opened(f"http://{web}/in/a.csv", b"a"),
        Opened(f"http://{web}/in/b.csv", TEXT),
        Opened(f"http://{web}/in/sub%20folder/c.csv", b"c"),
    ]
    assert load(tmp_path, f"http://{web}/in/a.csv") == [Opened(f"http://{web}/in/a.csv", b"a")]


def test_only_what_lies_below_the_page_is_taken(web: str) -> None:
    found = [item.name for item in find_inputs([f"http://{web}/index/"])]
    assert found == [f"http://{web}/index/a.csv", f"http://{web}/index/c%20d.csv"]


def test_a_folder_without_a_bottom_is_refused(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_MAX_PAGES", 20)
    with pytest.raises(StorageError, match="has more than 20 folders"):
        find_inputs([f"http://{web}/endless/"])


def test_what_passes_is_tried_again(tmp_path: Path, web_folder: tuple[str, Path], web: str) -> None:
    (web_folder[1] / "flaky.csv").write_bytes(TEXT)
    WebFolder.faults["/flaky.csv"] = 2
    assert load(tmp_path, f"http://{web}/flaky.csv") == [Opened(f"http://{web}/flaky.csv", TEXT)]
    WebFolder.faults["/flaky.csv"] = 3
    (item,) = find_inputs([f"http://{web}/flaky.csv"])
    assert "flaky.csv: cannot be fetched (ClientResponseError 503" in fault_of(item, spool=tmp_path)


def test_what_does_not_pass_is_asked_for_once(tmp_path: Path, web: str) -> None:
    (item,) = find_inputs([f"http://{web}/nothing.csv"])
    assert "cannot be fetched (there is no such file or folder)" in fault_of(item, spool=tmp_path)
    assert WebFolder.asked == ["/nothing.csv"]


def test_a_download_that_breaks_off_is_not_taken_for_whole(tmp_path: Path, web: str) -> None:
    (item,) = find_inputs([f"http://{web}/short.csv"])
    assert "short.csv: cannot be fetched (" in fault_of(item, spool=tmp_path)
    assert len(WebFolder.asked) == 3


def test_a_download_without_end_is_cut_off(tmp_path: Path, web: str) -> None:
    (item,) = find_inputs([f"http://{web}/signed.csv"])
    assert "has more than 100 bytes" in fault_of(item, 100, tmp_path)
    assert len(WebFolder.asked) == 1


def test_bytes_are_taken_as_they_are_and_unpacked_by_us(tmp_path: Path, web: str) -> None:
    (item,) = find_inputs([f"http://{web}/encoded.csv"])
    assert opened(item, spool=tmp_path)[0].content == TEXT
    assert "refused as a bomb" in fault_of(item, len(TEXT) - 1, tmp_path)


def test_credentials_in_a_url_work_and_are_not_told(tmp_path: Path, web_folder: tuple[str, Path], web: str) -> None:
    (web_folder[1] / "locked").mkdir(exist_ok=True)
    (web_folder[1] / "locked" / "a.csv").write_bytes(TEXT)
    assert load(tmp_path, f"http://user:MARKER@{web}/locked/") == [Opened(f"http://{web}/locked/a.csv", TEXT)]
    (item,) = find_inputs([f"http://user:WRONG-MARKER@{web}/locked/a.csv?signature=MARKER"])
    fault = fault_of(item, spool=tmp_path)
    assert fault.startswith(f"http://{web}/locked/a.csv: cannot be fetched (access is denied")
    assert "MARKER" not in fault
    with pytest.raises(StorageError, match="access is denied") as caught:
        find_inputs([f"http://user:WRONG-MARKER@{web}/locked/"])
    assert_no_secret(caught.value)


# Others


def test_any_folder_that_fsspec_knows_is_listed(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/box/in/b.csv": b"b", "/box/in/a/1.csv": TEXT, "/box/other.csv": b"no"})
    try:
        found = load(tmp_path, "memory://box/in")
    finally:
        memory.rm("/box", recursive=True)
    assert found == [Opened("memory://box/in/a/1.csv", TEXT), Opened("memory://box/in/b.csv", b"b")]


class Cabinet(MemoryFileSystem):
    """A folder in memory that has links, as those over SFTP have, and parts that are locked."""

    protocol = "cabinet"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(MemoryFileSystem._strip_protocol(path.removeprefix("cabinet://")))

    def ls(self, path: str, detail: bool = True, **more: Any) -> Any:
        if path.endswith("/locked"):
            raise PermissionError
        entries = super().ls(path, detail=True, **more)
        for entry in entries:
            if entry["name"].endswith("link.csv"):
                entry["type"] = "link"
        return entries if detail else [entry["name"] for entry in entries]


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    fsspec.register_implementation("cabinet", Cabinet, clobber=True)
    cabinet = Cabinet()
    yield cabinet
    cabinet.store.clear()
    cabinet.pseudo_dirs[:] = [""]


def test_folders_that_cannot_be_listed_are_not_passed_over(cabinet: Cabinet) -> None:
    cabinet.pipe({"/in/a.csv": TEXT, "/in/locked/b.csv": TEXT})
    with pytest.raises(StorageError, match=r"cabinet:///in: cannot be listed \(access is denied"):
        find_inputs(["cabinet:///in"])
    with pytest.raises(NoInputError, match="cabinet:///nowhere: no such file or folder"):
        find_inputs(["cabinet:///nowhere"])


def test_links_are_refused_there_too(tmp_path: Path, cabinet: Cabinet) -> None:
    cabinet.pipe({"/in/a.csv": TEXT, "/in/link.csv": b"/etc/passwd"})
    file, link = load(tmp_path, "cabinet:///in")
    assert load(tmp_path, "cabinet:///in/a.csv")[0].content == TEXT
    assert file.content == TEXT
    assert link.fault == "cabinet:///in/link.csv: is a link or no regular file; put the file itself there"


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("nonsense://user:MARKER@host/in", UsageError, "nonsense://host/in: no storage is known as nonsense://"),
        ("zip::s3://claims/a.zip", UsageError, "chained ones"),
        ("simplecache::http://user:MARKER@host/in", UsageError, "chained ones"),
        ("s3://", UsageError, "a URL is written like"),
    ],
)
def test_what_is_no_url_is_refused(url: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        find_inputs([url])
    assert words in str(caught.value)
    assert_no_secret(caught.value)


def test_a_driver_that_is_not_installed_is_named() -> None:
    fsspec.register_implementation("filing", "no_such_package.Cabinet", errtxt="Install no_such_package to file")
    with pytest.raises(ConfigurationError) as caught:
        find_inputs(["filing://user:MARKER@host/in"])
    assert "filing://host/in: a package is missing: Install no_such_package" in str(caught.value)
    assert_no_secret(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"key": "MARKER"},
        {"secret": "MARKER"},
        {"client_kwargs": {"aws_secret_access_key": "MARKER"}},
        {"password": "MARKER"},
        {"account_key": "MARKER"},
        {"client_kwargs": {"headers": {"Authorization": "MARKER"}}},
        {"connection_string": "MARKER"},
        {"endpoint_url": "http://user:MARKER@host:9000"},
    ],
)
def test_secrets_in_the_settings_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="secrets do not belong in a settings file") as caught:
        find_inputs(["s3://claims/in"], {"s3": options})
    assert_no_secret(caught.value)


def test_nothing_is_reached_unless_a_url_is_given(tmp_path: Path, web: str) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    find_inputs([tmp_path, str(tmp_path / "a.csv")], {"http": {}, "s3": {"endpoint_url": f"http://{web}"}})
    assert WebFolder.asked == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://bucket/in/a.csv", "s3://bucket/in/a.csv"),
        ("s3://bucket/a@b.csv", "s3://bucket/a@b.csv"),
        ("s3://KEY:SECRET@bucket/in", "s3://bucket/in"),
        ("sftp://user:pass@host:22/in", "sftp://host:22/in"),
        ("sftp://user@host/in", "sftp://host/in"),
        ("sftp://user:p/ss@host/in", "sftp://host/in"),
        ("sftp://user:p@ss@host/in", "sftp://host/in"),
        ("https://host/a.csv?X-Amz-Signature=abc", "https://host/a.csv"),
        ("https://host/a.csv#abc", "https://host/a.csv"),
        ("http://host:8000/a@b", "http://host:8000/a@b"),
    ],
)
def test_a_url_is_shown_without_credentials(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert shown_place(url) == shown


def test_a_path_is_shown_as_it_is() -> None:
    assert shown_place("in@box?/a.csv") == "in@box?/a.csv"
    assert shown_place(Path("inbox")) == "inbox"


def assert_no_secret(error: BaseException) -> None:
    """Neither the message nor what a traceback would show of the errors before it."""
    told: BaseException | None = error
    while told is not None:
        assert "MARKER" not in f"{told} {told!r}"
        told = told.__cause__ if told.__suppress_context__ else told.__cause__ or told.__context__

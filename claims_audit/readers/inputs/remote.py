"""Remote folders, through fsspec: S3 and its like, http, sftp and others. Nothing is reached unless a URL was given.

A file is downloaded to the spool as a whole, so that what reads it can seek, and is removed when it has been loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from claims_audit.errors import (
    ClaimsAuditError,
    ConfigurationError,
    NoInputError,
    StorageError,
    UnreadableFileError,
    UsageError,
)
from claims_audit.readers.inputs.containers import Contents, Unpacking
from claims_audit.readers.inputs.member import is_left_out
from claims_audit.readers.inputs.remote_faults import attempt, cause_of, is_missing, require_no_secrets, shown_url
from claims_audit.readers.inputs.source_file import CHUNK, SourceFile, shown
from claims_audit.readers.inputs.spool import Spool

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.+)", re.DOTALL)
_HTTP: Final = ("http", "https")
# Stores of objects: folders are only beginnings of names, and all below one is listed at once.
_FLAT: Final = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "tos")
_BLOCK: Final = 8 << 20
_CONNECT_SECONDS: Final = 15
_READ_SECONDS: Final = 60
# A server that answers every address with the same page has a folder without a bottom.
_MAX_PAGES: Final = 1_000

# Path, path below the root (with a slash), size in bytes or 0, and whether it is a regular file.
_Listed = tuple[str, str, int, bool]


@dataclass(frozen=True, slots=True, eq=False)
class RemoteFile:
    """One file of a remote folder."""

    name: str
    byte_count: int  # as listed; 0 where the other side does not say
    filesystem: Any
    path: str  # as the filesystem knows it; it may hold credentials
    is_regular: bool = True

    def contents(self, spool: Spool, max_bytes: int) -> Contents:
        """The file, downloaded, or what it unpacks to."""
        stored = self._fetch(spool, max_bytes)
        try:
            with stored.open() as stream:
                yield from Unpacking(spool, stored.byte_count, max_bytes).contents(stream, self.name, lambda: stored)
        finally:
            spool.drop(stored)

    def _fetch(self, spool: Spool, max_bytes: int) -> SourceFile:
        if not self.is_regular:
            raise UnreadableFileError(f"{self.name}: is a link or no regular file; put the file itself there")
        if self.byte_count > max_bytes:
            raise self._too_large(max_bytes)
        try:
            return attempt(lambda: spool.store(self.name, self._chunks(max_bytes)))
        except ClaimsAuditError:
            raise
        except Exception as error:  # each driver has errors of its own
            raise UnreadableFileError(
                f"{self.name}: cannot be fetched ({cause_of(error)}); it is tried again at the next call"
            ) from None

    def _chunks(self, max_bytes: int) -> Iterator[bytes]:
        # Over http, blocks would need a server that gives ranges; with a size, fsspec does not ask for it first.
        options = {"block_size": 0, "size": 1} if _is_http(self.path) else {"block_size": _BLOCK}
        received = 0
        with self.filesystem.open(self.path, "rb", **options) as stream:
            while chunk := stream.read(CHUNK):
                received += len(chunk)
                if received > max_bytes:
                    raise self._too_large(max_bytes)
                yield chunk
        if self.byte_count and received != self.byte_count:
            raise ConnectionError

    def _too_large(self, max_bytes: int) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self.name}: has more than {max_bytes:,} bytes; deliver it in parts, or raise max_uncompressed_bytes"
        )


def find_remote(url: str, options: Mapping[str, object]) -> list[RemoteFile]:
    """The file at a URL, or all below it in the order of their paths; hidden ones are left out.

    Over http and https, a URL that ends in a slash is a folder whose page lists it, any other is one file. `options`
    go to the fsspec driver; keys and passwords come from the environment or from the driver's own files. Nothing there
    is an empty list where the storage has no folders of its own.

    Raises UsageError for a URL that is none or of no known protocol, ConfigurationError for a driver that is not
    installed or options that it does not take, NoInputError for what is not there, StorageError if it cannot be
    listed. No message holds more of the URL than protocol, host and path.
    """
    matched = _URL.fullmatch(url)
    if matched is None:
        raise UsageError("a URL is written like s3://bucket/folder; chained ones (zip::s3://) are not taken")
    protocol, name = matched[1].lower(), shown_url(url)
    require_no_secrets(protocol, options)
    filesystem = _filesystem(protocol, url, name, options)
    try:
        if protocol in _HTTP:
            found = attempt(lambda: _listed_pages(filesystem, url))
        else:
            found = attempt(lambda: _listed(filesystem, url, is_flat=protocol in _FLAT))
    except ClaimsAuditError:
        raise
    except Exception as error:  # each driver has errors of its own
        if is_missing(error):
            raise NoInputError(f"{name}: no such file or folder; name the deliveries to load") from None
        raise StorageError(f"{name}: cannot be listed ({cause_of(error)}); then call again") from None
    return [
        RemoteFile(shown(name.rstrip("/") + below), byte_count, filesystem, path, is_regular)
        for path, below, byte_count, is_regular in sorted(found)
        # A store of objects keeps an empty one for a folder.
        if not is_left_out(below) and not (below.endswith("/") and byte_count == 0)
    ]


def _filesystem(protocol: str, url: str, name: str, options: Mapping[str, object]) -> Any:
    import fsspec

    try:
        driver = fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        # The registry's own words, which name the package.
        raise ConfigurationError(f"{name}: a package is missing: {error}") from None
    except ValueError:
        raise UsageError(f"{name}: no storage is known as {protocol}://") from None
    try:
        # The URL itself may name host and user; the settings go before our own limits. (fsspec's url_to_fs would do
        # this, too, but takes `::` in a name for a chain of storages.)
        own = {**_limits(protocol), **driver._get_kwargs_from_urls(url)}
        return driver(**_merged(own, options), skip_instance_cache=True, use_listings_cache=False)
    except TypeError:
        raise ConfigurationError(f"[storage.{protocol}]: the driver does not take these options") from None
    except Exception as error:  # each driver has errors of its own; some connect here
        raise StorageError(f"{name}: cannot be reached ({cause_of(error)}); then call again") from None


def _limits(protocol: str) -> dict[str, object]:
    """Options that keep a driver from waiting for ever; a large file may take as long as it needs."""
    if protocol in ("s3", "s3a"):
        retries = {"max_attempts": 2}
        timeouts = {"connect_timeout": _CONNECT_SECONDS, "read_timeout": _READ_SECONDS, "retries": retries}
        return {"config_kwargs": timeouts}
    if protocol in _HTTP:
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
        # The bytes as they are: unpacking is ours, with its limits.
        headers = {"Accept-Encoding": "identity"}
        return {"client_kwargs": {"timeout": timeout, "auto_decompress": False, "headers": headers}}
    return {}


def _merged(own: Mapping[str, object], options: Mapping[str, object]) -> dict[str, Any]:
    """Our options with the user's put in, also into a table of both."""
    merged = {**own, **options}
    for key, value in own.items():
        chosen = options.get(key)
        if isinstance(value, Mapping) and isinstance(chosen, Mapping):
            merged[key] = {**value, **chosen}
    return merged


def _listed(filesystem: Any, url: str, *, is_flat: bool) -> list[_Listed]:
    """What lies below a URL, in a storage that lists itself."""
    root = filesystem._strip_protocol(url)
    found = filesystem.find(root, detail=True).values() if is_flat else _walked(filesystem, root)
    return [
        (path, path.removeprefix(root.rstrip("/")), int(details.get("size") or 0), details.get("type") == "file")
        for details in found
        if details.get("type") != "directory" and (path := str(details["name"]))
    ]


def _walked(filesystem: Any, root: str) -> Iterator[dict[str, Any]]:
    """All entries below a folder. fsspec's own walk passes over folders that cannot be listed, and so loses files."""
    folders, seen = [root], {root}
    while folders:
        for entry in filesystem.ls(folders.pop(), detail=True):
            if entry["type"] != "directory":
                yield entry
            elif entry["name"] not in seen:
                seen.add(entry["name"])
                folders.append(entry["name"])


def _listed_pages(filesystem: Any, url: str) -> list[_Listed]:
    """The same from the pages of a web server, as far as they lie below the first."""
    if not url.endswith("/"):
        return [(url, "", 0, True)]
    found: set[str] = set()
    pages, seen = [url], {url}
    read_pages = 0
    while pages:
        read_pages += 1
        for link in filesystem.ls(pages.pop(), detail=False):
            below = str(link).removeprefix(url)
            # Links that sort the page, or lead up and out of it.
            if below == link or re.search(r"[?#]|(^|/)\.\.?(/|$)", below) or not below or link in seen:
                continue
            seen.add(link)
            (pages.append if below.endswith("/") else found.add)(link)
        if pages and read_pages == _MAX_PAGES:
            raise StorageError(f"{shown_url(url)}: has more than {_MAX_PAGES:,} folders; name the one to load")
    return [(link, "/" + link.removeprefix(url), 0, True) for link in found]


def _is_http(path: str) -> bool:
    return path.startswith(tuple(f"{protocol}://" for protocol in _HTTP))

"""Small files of a lake as Spark's driver handles them: on a disk or in a bucket, with the keys that Spark has."""

from __future__ import annotations

from typing import Any


class LakeFolder:
    """The folder of a lake by its path or URI, through the file system that Spark uses for it."""

    def __init__(self, session: Any, uri: str) -> None:
        self.uri = uri.rstrip("/")
        self._session = session
        self._jvm = session.sparkContext._jvm
        self._files = self._path("").getFileSystem(session.sparkContext._jsc.hadoopConfiguration())

    def at(self, name: str) -> str:
        """The path or URI of what lies at a place below the folder."""
        return f"{self.uri}/{name}" if name else self.uri

    def exists(self, name: str) -> bool:
        """Whether a file or folder is there."""
        return bool(self._files.exists(self._path(name)))

    def names(self, name: str) -> list[str]:
        """What is in a folder below, by name; nothing if it is not there."""
        if not self.exists(name):
            return []
        return sorted(status.getPath().getName() for status in self._files.listStatus(self._path(name)))

    def read_text(self, name: str) -> str:
        """The text of a small file."""
        stream = self._files.open(self._path(name))
        try:
            return bytes(stream.readAllBytes()).decode("utf-8")
        finally:
            stream.close()

    def write_text(self, name: str, text: str) -> None:
        """Writes a small file: a bucket shows it when it is closed, on a disk it is moved into its place."""
        draft = self._path(f"{name}.part")
        stream = self._files.create(draft, True)
        try:
            stream.write(bytearray(text.encode("utf-8")))
        finally:
            stream.close()
        self._files.delete(self._path(name), False)
        if not self._files.rename(draft, self._path(name)):
            raise OSError(0, "cannot be renamed", f"{name}.part")

    def delete(self, name: str) -> None:
        """Removes a folder and all in it."""
        self._files.delete(self._path(name), True)

    def _path(self, name: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(self.at(name))

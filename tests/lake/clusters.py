"""A standalone Spark cluster on this machine: a master and two workers, started from PySpark's own jars."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

_CORES, _MEMORY = "1", "2g"


class Cluster:
    """A master and workers on 127.0.0.1; use as a context manager."""

    def __init__(self, python: Path, java: Path, folder: Path, workers: int = 2) -> None:
        home = subprocess.run(
            [python, "-c", "import pyspark; print(pyspark.__path__[0])"], capture_output=True, text=True, check=True
        ).stdout.strip()
        self._java, self._folder, self._home = java, folder, Path(home)
        self._python = python
        self._port, self._page = _free_port(), _free_port()
        self._workers = workers
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self._port}"

    def __enter__(self) -> Cluster:
        try:
            self._start("master.Master", "--port", self._port, "--webui-port", self._page)
            self._wait_for_workers(0)
            for number in range(self._workers):
                work = self._folder / f"worker{number}"
                size = ("--cores", _CORES, "--memory", _MEMORY, "--webui-port", 0, "--work-dir", work)
                self._start("worker.Worker", *size, self.url)
            self._wait_for_workers(self._workers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(30)

    def kill_worker(self) -> None:
        """Kills a worker and its executors, as a machine that is gone."""
        worker = self._processes[1]
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(worker.pid)], capture_output=True, text=True)
        worker.kill()
        for pid in children.stdout.split():
            os.kill(int(pid), 9)
        self._wait_for_workers(self._workers - 1)

    def alive_workers(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._page}/json/", timeout=10) as answer:
            told = answer.read().decode()
        found = re.search(r'"aliveworkers"\s*:\s*(\d+)', told)
        return int(found[1]) if found else 0

    def _start(self, what: str, *arguments: Any) -> None:
        environment = {
            **os.environ,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_HOME": str(self._home),
            # What the launcher else reads from the folders of a full distribution.
            "SPARK_SCALA_VERSION": "2.13",
            "PYSPARK_PYTHON": str(self._python),
        }
        with (self._folder / f"{what}.log").open("ab") as log:
            command = [self._java, "-Xmx512m", "-cp", f"{self._home}/jars/*", f"org.apache.spark.deploy.{what}"]
            self._processes.append(
                subprocess.Popen(
                    [*map(str, command), "--host", "127.0.0.1", *map(str, arguments)],
                    stdout=log,
                    stderr=log,
                    env=environment,
                    cwd=self._folder,
                )
            )

    def _wait_for_workers(self, count: int) -> None:
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                if self.alive_workers() == count:
                    return
            except OSError:
                pass
            time.sleep(0.5)
        raise TimeoutError(f"the cluster has not got to {count} workers; its logs are in {self._folder}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Small files of our server, as 8 connections carry them: one in a request, or many (16.8).

What came back is looked at behind the clock.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.benchmarks.cloud import client
from tests.benchmarks.cloud.ours import API, Cloud

TOGETHER = 128  # files in a request, as u1file sends them


@dataclass(frozen=True)
class File:
    """`path` as in a URL, `~/Ubuntu%20One/a`."""

    path: str
    data: bytes


def put_each(cloud: Cloud, files: Sequence[File]) -> float:
    """Files a second, a request for each."""
    puts = [cloud.request("PUT", f"/content/{file.path}", file.data) for file in files]
    return client.rate(cloud.port, puts)


def get_each(cloud: Cloud, files: Sequence[File]) -> float:
    """Files a second, a request for each. Fails if one is not what was put."""
    answers: dict[int, bytes] = {}
    gets = [cloud.request("GET", f"/content/{file.path}") for file in files]
    found = client.rate(cloud.port, gets, answers)
    assert [answers[n] for n in range(len(files))] == [file.data for file in files]
    return found


def put_together(cloud: Cloud, files: Sequence[File]) -> float:
    """Files a second, many in a request. Fails if one was not put."""
    answers: dict[int, bytes] = {}
    puts = [upload(cloud, batch) for batch in _batches(files)]
    found = client.rate(cloud.port, puts, answers) * len(files) / len(puts)
    results = [one for number in range(len(puts)) for one in json.loads(answers[number])["results"]]
    assert len(results) == len(files)
    assert all(result["status"] == 201 for result in results)
    return found


def get_together(cloud: Cloud, files: Sequence[File]) -> float:
    """Files a second, many in a request. Fails if one is not what was put."""
    answers: dict[int, bytes] = {}
    batches = _batches(files)
    gets = [download(cloud, batch) for batch in batches]
    found = client.rate(cloud.port, gets, answers) * len(files) / len(gets)
    for number, batch in enumerate(batches):
        line, _, contents = answers[number].partition(b"\n")
        assert [one["size"] for one in json.loads(line)["results"]] == [len(f.data) for f in batch]
        assert contents == b"".join(file.data for file in batch)
    return found


def upload(cloud: Cloud, batch: Sequence[File]) -> bytes:
    """The request that puts these files."""
    line = _line({"path": _resource(file), "size": len(file.data)} for file in batch)
    body = b"".join((line, b"\n", *(file.data for file in batch)))
    return cloud.request("POST", f"{API}/batch/upload", body)


def download(cloud: Cloud, batch: Sequence[File]) -> bytes:
    """The request that gets these files."""
    line = _line({"path": _resource(file)} for file in batch)
    return cloud.request("POST", f"{API}/batch/download", line)


def _line(operations: Any) -> bytes:
    return json.dumps({"operations": list(operations)}).encode()


def _resource(file: File) -> str:
    return f"/{unquote(file.path)}"


def _batches(files: Sequence[File]) -> list[list[File]]:
    left = iter(files)
    return list(iter(lambda: list(itertools.islice(left, TOGETHER)), []))

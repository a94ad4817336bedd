"""Many small operations in few requests where the cloud takes batches, else one by one (16.4).

What is asked here may be asked twice: folders made, files deleted, nodes looked up.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from u1tray.rest import batch, retries
from u1tray.rest.batch import Operation, Result
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import DIRECTORY, Node
from u1tray.rest.urls import encode_path
from u1tray.u1file.remote import shown
from u1tray.vocabulary.errors import (
    BusyError,
    NotFoundError,
    OfflineError,
    RefusedError,
    ServerError,
    U1Error,
    UsageError,
)

_AT_ONCE = 500


def look_up(cloud: Cloud, paths: Iterable[str]) -> Iterator[Node | U1Error | None]:
    """What is at each path, or what went wrong; None for nothing."""
    for _path, result in _done(cloud, (Operation("GET", path) for path in paths)):
        yield None if isinstance(result, NotFoundError) else result


def make_folders(cloud: Cloud, paths: Iterable[str]) -> Iterator[tuple[str, U1Error | None]]:
    """Each path with what went wrong; a folder that is there already is none the worse."""
    body = {"kind": DIRECTORY}
    for path, result in _done(cloud, (Operation("PUT", path, body) for path in paths)):
        if isinstance(result, Node) and result.is_file:
            yield path, _file_in_the_way(path)
        else:
            yield path, result if isinstance(result, U1Error) else None


def delete(
    cloud: Cloud, tagged: Iterable[tuple[str, str | None]], *, force: bool = False
) -> Iterator[tuple[str, U1Error | None]]:
    """Each path with what went wrong; with a tag only if the content is still that one."""
    operations = (
        Operation("DELETE", path, headers={"If-Match": tag} if tag and not force else {})
        for path, tag in tagged
    )
    for path, result in _done(cloud, operations):
        is_gone = isinstance(result, NotFoundError)
        yield path, result if isinstance(result, U1Error) and not is_gone else None


def _done(
    cloud: Cloud, operations: Iterable[Operation]
) -> Iterator[tuple[str, Node | U1Error | None]]:
    """What became of each: a node, None for a deletion, or an error of its own."""
    waiting = iter(operations)
    while some := list(itertools.islice(waiting, _AT_ONCE)):
        refused = {one.path: error for one in some if (error := _refusal(one.path))}
        asked = [one for one in some if one.path not in refused]
        done = _batched(cloud, asked) if cloud.announces(batch.FEATURE) else _singly(cloud, asked)
        for one in some:
            yield one.path, refused[one.path] if one.path in refused else next(done)


def _refusal(path: str) -> UsageError | None:
    """What is wrong with a path that is no UTF-8, which would spoil the whole batch."""
    try:
        encode_path(path)
    except UsageError as error:
        return error
    return None


def _batched(cloud: Cloud, operations: list[Operation]) -> Iterator[Node | U1Error | None]:
    try:
        results = _asked(cloud, operations) if operations else ()
    except ServerError:  # one of them may be what it cannot do
        yield from _singly(cloud, operations)
        return
    for one, result in zip(operations, results, strict=True):
        is_deletion = one.method == "DELETE"
        yield result.failure or (None if is_deletion else result.node)


def _file_in_the_way(path: str) -> RefusedError:
    text = f"{shown(path)}: There is a file of this name in the cloud."
    return RefusedError(text, code="not_a_directory")


def _singly(cloud: Cloud, operations: list[Operation]) -> Iterator[Node | U1Error | None]:
    return (_single(cloud, one) for one in operations)


def _asked(cloud: Cloud, operations: list[Operation]) -> tuple[Result, ...]:
    """As patient as with a single request, which a POST is not (17)."""
    for attempt in itertools.count(1):
        try:
            return cloud.files.batch(operations)
        except (OfflineError, BusyError, ServerError) as error:
            if attempt >= retries.ATTEMPTS_BY_HAND:
                raise
            cloud.pause(retries.backoff_seconds(attempt, 0.5), error.text)
    raise AssertionError


def _single(cloud: Cloud, one: Operation) -> Node | U1Error | None:
    files = cloud.files
    try:
        if one.method == "GET":
            return files.node(one.path)
        if one.method == "PUT":
            return files.make(one.path, DIRECTORY)[0]
        files.delete(one.path, one.headers)
    except (OfflineError, BusyError):
        raise
    except U1Error as error:
        return error
    return None

"""Multipart uploads to S3 that a killed server left open: they are found and given up here.

Their parts cost room and no listing of objects shows them. obstore cannot list them, so these two
requests (ListMultipartUploads, AbortMultipartUpload) are signed here (AWS Signature Version 4).
Only with keys from our options or from AWS_*: with others, and for other stores than S3, a rule
of the bucket has to do it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote
from xml.etree import ElementTree

import urllib3
from urllib3.exceptions import HTTPError

from u1tray.server.storage.blobs.address import BucketAddress, ObjectAccess
from u1tray.vocabulary.errors import BusyError

_MAX_ROUNDS = 20  # of a thousand uploads each
_EMPTY = hashlib.sha256(b"").hexdigest()
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


@dataclass(frozen=True)
class Unfinished:
    """One open multipart upload; `begun_at` in Unix seconds."""

    key: str
    upload_id: str
    begun_at: float


class UnfinishedUploads:
    """The open multipart uploads of a bucket whose keys begin with one of some words."""

    def __init__(self, address: BucketAddress, access: ObjectAccess) -> None:
        self._bucket = address.bucket
        self._prefix = f"{address.prefix}/" if address.prefix else ""
        self._key_id = access.access_key_id or os.environ.get("AWS_ACCESS_KEY_ID", "")
        self._secret = access.secret_access_key or os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        self._token = os.environ.get("AWS_SESSION_TOKEN", "")
        self._region = access.region or os.environ.get("AWS_REGION") or _default_region()
        endpoints = (access.endpoint, *map(os.environ.get, _ENDPOINTS))
        self._endpoint = next(filter(None, endpoints), None) or (
            f"https://s3.{self._region}.amazonaws.com"
        )
        self._wire = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(total=access.timeout_s)
        )
        self._is_usable = address.scheme == "s3" and bool(self._key_id and self._secret)

    def give_up(self, folders: tuple[str, ...], before: float) -> int:
        """Give up those in our folders that were begun before a moment; how many.

        Raises BusyError.
        """
        done = 0
        for _ in range(_MAX_ROUNDS if self._is_usable else 0):
            old = [found for found in self._ours(folders) if found.begun_at < before]
            for found in old:
                self._ask("DELETE", found.key, {"uploadId": found.upload_id})
            done += len(old)
            if not old:
                break
        return done

    def _ours(self, folders: tuple[str, ...]) -> Iterator[Unfinished]:
        answer = self._ask("GET", "", {"prefix": self._prefix, "uploads": ""})
        begins = tuple(f"{self._prefix}{folder}/" for folder in folders)
        for found in _read(answer):
            if found.key.startswith(begins):
                yield found

    def _ask(self, method: str, key: str, query: dict[str, str]) -> bytes:
        path = quote(f"/{self._bucket}/{key}".rstrip("/"), safe="/-_.~")
        text = "&".join(f"{_enc(name)}={_enc(query[name])}" for name in sorted(query))
        headers = self._signed(method, path, text)
        try:
            answer = self._wire.request(
                method, f"{self._endpoint}{path}?{text}", headers=headers, redirect=False
            )
        except HTTPError as error:
            raise _busy() from error
        if answer.status >= 300 and answer.status != 404:  # somebody else was faster
            raise _busy()
        return answer.data

    def _signed(self, method: str, path: str, query: str) -> dict[str, str]:
        now = datetime.now(timezone.utc)
        moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        headers = {
            "host": self._endpoint.partition("://")[2],
            "x-amz-content-sha256": _EMPTY,
            "x-amz-date": moment,
        }
        if self._token:
            headers["x-amz-security-token"] = self._token
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = "\n".join((method, path, query, lines, names, _EMPTY))
        scope = f"{day}/{self._region}/s3/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        to_sign = "\n".join(("AWS4-HMAC-SHA256", moment, scope, digest))
        key = f"AWS4{self._secret}".encode()
        for word in (day, self._region, "s3", "aws4_request"):
            key = hmac.digest(key, word.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._key_id}/{scope},"
            f"SignedHeaders={names},Signature={signature}"
        )
        return headers


def _default_region() -> str:
    return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _enc(text: str) -> str:
    return quote(text, safe="-_.~")


def _busy() -> BusyError:
    message = "the object store does not tell of unfinished uploads"
    return BusyError(message, code="busy", retry_after=5.0)


def _read(answer: bytes) -> Iterator[Unfinished]:
    try:
        root = ElementTree.fromstring(answer)  # noqa: S314 - of the store that we trust with all
    except ElementTree.ParseError as error:
        raise _busy() from error
    for upload in root.iterfind("{*}Upload"):
        key, upload_id, begun = (upload.findtext(f"{{*}}{n}") or "" for n in _FIELDS)
        yield Unfinished(key, upload_id, _moment(begun))


_FIELDS = ("Key", "UploadId", "Initiated")


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return float("inf")  # left alone

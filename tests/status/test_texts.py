"""Every state, action, problem and notice in words."""

from __future__ import annotations

import gettext

import pytest

from u1tray.status import texts
from u1tray.status.commands import Notice, Notify
from u1tray.status.values import (
    Action,
    Direction,
    Indicator,
    Sentence,
    Storage,
    StorageProblem,
    Transfer,
    View,
)
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

ENGLISH = gettext.NullTranslations()
GB = 1_000_000_000
LONG_NAME = "a very long name that no menu has any room for at all.txt"


def said(sentence: Sentence, **values) -> str:
    return texts.sentence(View(Indicator.ERROR, sentence, **values), ENGLISH)


def line(quota: Quota | None, seconds: float = 0, problem=None, oops_id: str = "") -> str:
    found = Storage(quota, None if quota is None else 1000.0, problem, oops_id)
    return texts.storage(found, 1000.0 + seconds, ENGLISH)


@pytest.mark.parametrize("sentence", list(Sentence))
def test_every_sentence_has_words(sentence):
    """Rule 4 of the house: every member has an entry."""
    text = said(sentence, count=2, name="a", percent=3, until="17:30", description="tea")
    assert text
    assert "{" not in text


@pytest.mark.parametrize("indicator", list(Indicator))
def test_every_indicator_has_a_name(indicator):
    """For accessible text: never by colour alone."""
    assert texts.indicator(indicator, ENGLISH)


def test_indicator_names_differ():
    """Two pictures never sound the same."""
    names = [texts.indicator(indicator, ENGLISH) for indicator in Indicator]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_label(action):
    """8.4."""
    assert texts.action(action, ENGLISH)


@pytest.mark.parametrize("problem", list(StorageProblem))
def test_every_storage_problem_has_words(problem):
    """Each outcome of asking the cloud is told."""
    assert line(None, problem=problem)


@pytest.mark.parametrize("notice", list(Notice))
def test_every_notice_has_words(notice):
    """A summary always; what it names where it names something."""
    summary, body = texts.notice(Notify(notice), ENGLISH)
    assert summary
    assert "{" not in summary + body


@pytest.mark.parametrize("errtype", list(CredentialsErrorType))
def test_every_log_in_error_is_known(errtype):
    """9.3: all but the general one have words of their own."""
    body = texts.notice(Notify(Notice.LOGIN_FAILED, errtype.value), ENGLISH)[1]
    assert bool(body) is (errtype is not CredentialsErrorType.GENERAL)
    assert errtype.value not in body


# The sentences of 8.3 as the contract writes them.
@pytest.mark.parametrize(
    ("sentence", "values", "text"),
    [
        (Sentence.NO_BUS, {}, "The session bus cannot be reached"),
        (Sentence.TURNED_OFF, {}, "File sync is turned off"),
        (Sentence.NOT_INSTALLED, {}, "No file sync service is installed"),
        (Sentence.NOT_RUNNING, {}, "File sync is not running"),
        (Sentence.MUTE, {}, "The file sync service does not answer"),
        (Sentence.STARTING, {}, "File sync is starting"),
        (Sentence.SHUTTING_DOWN, {}, "File sync is shutting down"),
        (Sentence.ACCOUNT_REFUSED, {}, "The server did not accept your account"),
        (Sentence.LOGIN_REFUSED, {}, "The server did not accept your log-in"),
        (Sentence.OTHER_ACCOUNT, {}, "This folder belongs to another account"),
        (Sentence.NOT_UNDERSTOOD, {}, "File sync and the server do not understand each other"),
        (Sentence.FAILED, {}, "File sync has met an error"),
        (Sentence.LOOKING, {}, "Looking at your files"),
        (Sentence.STORAGE_FULL, {}, "Your storage is full"),
        (
            Sentence.STORAGE_FULL_SYNCING,
            {"count": 1},
            "Your storage is full, 1 file still syncing",
        ),
        (
            Sentence.STORAGE_FULL_SYNCING,
            {"count": 4},
            "Your storage is full, 4 files still syncing",
        ),
        (Sentence.SYNCING_FILES, {"count": 3}, "Syncing 3 files"),
        (Sentence.SYNCING_FILE, {"name": "a.txt", "percent": 42}, "Syncing a.txt (42 %)"),
        (Sentence.SYNCING_FILE, {"name": "a.txt"}, "Syncing a.txt"),
        (Sentence.SYNCING_CHANGES, {}, "Syncing changes"),
        (Sentence.UP_TO_DATE, {}, "File sync is up to date"),
        (Sentence.ASKING_CHANGES, {}, "Asking the server for changes"),
        (Sentence.CONNECTING, {}, "Connecting to the server"),
        (Sentence.UNREACHABLE, {}, "The server cannot be reached, trying again"),
        (Sentence.PAUSED, {}, "File sync is paused"),
        (Sentence.PAUSED_UNTIL, {"until": "17:30"}, "File sync is paused until 17:30"),
        (Sentence.KEYRING, {}, "Waiting for the keyring"),
        (Sentence.LOG_IN, {}, "Log in to start syncing"),
        (Sentence.DISCONNECTED, {}, "File sync is disconnected"),
        (Sentence.OFFLINE, {}, "There is no network connection"),
        (Sentence.REPORTS, {"description": "tea\nbreak"}, "File sync reports: tea break"),
    ],
)
def test_sentence_is_the_contracts(sentence, values, text):
    """8.3, word for word."""
    assert said(sentence, **values) == text


def test_a_name_with_braces_and_controls_stays_one_harmless_line():
    """File names are foreign text."""
    text = said(Sentence.SYNCING_FILE, name="{count}\n%s\x1b[31m", percent=1)
    assert text == "Syncing {count}\N{REPLACEMENT CHARACTER}%s\N{REPLACEMENT CHARACTER}[31m (1 %)"


def test_a_long_name_is_cut_in_the_middle():
    """Its ending shows."""
    text = said(Sentence.SYNCING_FILE, name=LONG_NAME)
    assert text == "Syncing a very long name tha…room for at all.txt"


# --- the quota line --------------------------------------------------------------------------


def test_quota_line():
    """As people read disks: decimal units."""
    assert line(Quota(5 * GB, 1_200_000_000)) == "1.2 GB of 5.0 GB used, 24 %"


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (600, ""),
        (601, ", 10 minutes ago"),
        (3599, ", 59 minutes ago"),
        (3600, ", 1 hour ago"),
        (7300, ", 2 hours ago"),
        (86_400, ", 1 day ago"),
        (30 * 86_400, ", 30 days ago"),
    ],
)
def test_quota_line_has_its_age_when_older_than_ten_minutes(seconds, age):
    """And only then."""
    assert line(Quota(100 * GB, 50 * GB), seconds) == "50.0 GB of 100.0 GB used, 50 %" + age


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        (Quota(0, 0), "This account has no storage"),
        (Quota(0, GB), "1.0 GB used, but this account has no storage"),
        (Quota(GB, 2 * GB), "2.0 GB used, more than the 1.0 GB there are"),
        (Quota(GB, GB), "1.0 GB of 1.0 GB used, 100 %"),
        (Quota(1000 * GB, 1), "1 byte of 1.0 TB used, 1 %"),
        (Quota(GB, GB - 1), "1.0 GB of 1.0 GB used, 99 %"),
    ],
)
def test_quota_line_at_its_edges(quota, text):
    """A total of 0 is no division by zero; a hundred percent is when nothing is left."""
    assert line(quota) == text


def test_old_quota_says_why_it_is_old():
    """A young one does not bother anybody."""
    quota = Quota(2 * GB, GB)
    offline = StorageProblem.OFFLINE
    assert line(quota, 60, offline) == "1.0 GB of 2.0 GB used, 50 %"
    assert line(quota, 1200, offline) == (
        "1.0 GB of 2.0 GB used, 50 %, 20 minutes ago. The cloud cannot be reached"
    )


def test_server_error_names_its_report():
    """oops ids are for those who run the cloud."""
    text = line(None, problem=StorageProblem.SERVER, oops_id="OOPS-77")
    assert text == "The cloud has met an error (report OOPS-77)"


# --- transfers and notices -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transfer", "text"),
    [
        (Transfer(Direction.UPLOAD, "/home/user/a.txt", 42, 100), "Uploading a.txt (42 %)"),
        (Transfer(Direction.DOWNLOAD, "/home/user/a", 9, 9), "Downloading a (99 %)"),
        (Transfer(Direction.UPLOAD, "/a", 9), "Uploading a (size unknown)"),
        (Transfer(Direction.DOWNLOAD, "/a", 0, 0), "Downloading a (size unknown)"),
        (Transfer(Direction.UPLOAD, "/"), "Uploading / (size unknown)"),
    ],
)
def test_transfer_line(transfer, text):
    """T23: at most 99 %, "unknown" without a size."""
    assert texts.transfer(transfer, ENGLISH) == text


def test_notice_names_the_file():
    """A file could not be synced."""
    notify = Notify(Notice.FILE_NOT_SYNCED, "{a}.txt")
    assert texts.notice(notify, ENGLISH) == ("A file could not be synced", "{a}.txt")


def test_notice_of_a_full_share_names_it():
    """Not the person's own storage."""
    summary, body = texts.notice(Notify(Notice.STORAGE_FULL, "Music"), ENGLISH)
    assert summary == "The shared folder Music has no room left"
    assert body


def test_notice_of_a_failed_log_in_has_the_services_words_or_none():
    """9.3: the message may be missing; then "Log-in failed" is all."""
    assert texts.notice(Notify(Notice.LOGIN_FAILED), ENGLISH) == ("Log-in failed", "")
    unknown = Notify(Notice.LOGIN_FAILED, "Out of\ncheese")
    assert texts.notice(unknown, ENGLISH) == ("Log-in failed", "Out of cheese")

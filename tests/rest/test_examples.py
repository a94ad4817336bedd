"""The examples of docs/python-api.md do what they say, against a real cloud."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud

pytestmark = pytest.mark.end2end

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted(path.name for path in (DOCS / "examples").glob("*.py") if path.stem != "log_in")
EXPECTED = {
    "files_tutorial.py": "/~/Tutorial made\nstored 31 bytes, sha1:[0-9a-f]{40}\nfile letter.txt\n"
    "changed .*Z, generation [0-9]+\nidentical\ndeleted\n",
    "many_small_files.py": "stored 1500\nidentical 1500\n",
    "apis_by_example.py": "ana@example.com, Free 5 GB\n0 of 5000000000 bytes used\n"
    "root ~/Ubuntu One\npublished at http://.*\nEverybody may read this.\npublished: \\[\\]\n",
}


@pytest.fixture
def cloud(started, home):
    running = start_cloud(started, home)
    started.env["U1_API_URL"] = running.url
    return running


def test_examples_run_and_leave_no_token(cloud, started):
    """Both tutorials, step by step; a wrong password is one line."""
    assert sorted(EXPECTED) == EXAMPLES
    for name in EXAMPLES:
        example = (sys.executable, "-W", "error", str(DOCS / "examples" / name))
        done = started.run(*example, stdin=f"{EMAIL}\n{PASSWORD}\n")
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(EXPECTED[name], done.stdout), done.stdout
    assert cloud.administer("token", "list", EMAIL) == ""
    refused = started.run(*example, stdin=f"{EMAIL}\nwrong horse battery\n")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr == "The e-mail address or the password is wrong.\n"


def test_every_call_in_the_guide_exists():
    """A method that is renamed is renamed there as well."""
    from u1tray.rest import Cloud
    from u1tray.rest.blocking.files import Files

    table = re.findall(r"^\| `(.*?)` \|", (DOCS / "python-api.md").read_text(), re.MULTILINE)
    for row in table:
        owner = Cloud if row.startswith("cloud.") else Files
        for name in re.findall(r"\.(\w+)\(", row):
            assert callable(getattr(owner, name)), row

"""What the built wheel carries: every icon and data file of the repository, and six programs."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.end2end

REPOSITORY = Path(__file__).parents[2]
BUILT_FROM = ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
SOURCES_ONLY = {".po", ".pot", ".md", ".py", ".mo", ".cfg"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the sources so that the checkout stays as it is."""
    source = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        shutil.copy(REPOSITORY / name, source / name)
    ignored = shutil.ignore_patterns("__pycache__", "*.mo")
    for name in ("u1tray", "resources", "data"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=ignored)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=110,
    )
    (built,) = (source / "dist").glob("*.whl")
    return zipfile.ZipFile(built)


def shared_files(wheel: zipfile.ZipFile) -> dict[str, bytes]:
    """Name below `share/` -> content, of everything the wheel installs there."""
    marker = ".data/data/share/"
    return {n.split(marker, 1)[1]: wheel.read(n) for n in wheel.namelist() if marker in n}


def test_wheel_carries_every_resource_and_data_file(wheel):
    """Nothing that lies in resources/ or data/ is left behind, byte for byte."""
    installed = list(shared_files(wheel).values())
    missing = [
        str(file.relative_to(REPOSITORY))
        for folder in ("resources", "data")
        for file in (REPOSITORY / folder).rglob("*")
        if file.is_file() and file.suffix not in SOURCES_ONLY and file.read_bytes() not in installed
    ]
    assert missing == []


def test_wheel_carries_a_compiled_catalogue_for_every_language(wheel):
    """Each translation under resources/locale is installed where gettext looks."""
    languages = [p.parts[-3] for p in (REPOSITORY / "resources").rglob("*.po")]
    assert "es" in languages
    for language in languages:
        assert f"locale/{language}/LC_MESSAGES/u1tray.mo" in shared_files(wheel)


def test_wheel_carries_every_module_of_the_package(wheel):
    """Sub-packages and files beside modules (migrations, pages) are not forgotten."""
    names = set(wheel.namelist())
    missing = [
        str(file.relative_to(REPOSITORY))
        for file in (REPOSITORY / "u1tray").rglob("*")
        if file.is_file()
        and "__pycache__" not in file.parts
        and str(file.relative_to(REPOSITORY)) not in names
    ]
    assert missing == []


def test_wheel_has_the_six_programs_and_a_man_page_for_each(wheel):
    """Entry points and section 1 of the manual agree."""
    (name,) = (n for n in wheel.namelist() if n.endswith("entry_points.txt"))
    entry_points = configparser.ConfigParser()
    entry_points.read_string(wheel.read(name).decode())
    programs = set(entry_points["console_scripts"])
    assert programs == {
        "u1tray", "u1tray-credentials", "u1tray-syncdaemon", "u1file", "u1sync", "u1server",
    }  # fmt: skip
    pages = {n for n in shared_files(wheel) if n.startswith("man/man1/")}
    assert pages == {f"man/man1/{program}.1" for program in programs}

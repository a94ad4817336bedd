"""What is postponed stays away from an indicator that starts, and is whole when it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.core

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """The output of a fresh interpreter that begins as the indicator does.

    Without `site`: what the machine's .pth files load at every start is not ours to postpone.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"from u1tray.tray import lean\n{code}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), *filter(None, sys.path)))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_whole_indicator_loads_none_of_it():
    """Everything that an idle session loads, and none of what is postponed."""
    code = (
        "import sys, u1tray.tray.panel, u1tray.tray.app, u1tray.tray.surface\n"
        "names = (*lean.POSTPONED, 'typing', 'pkgutil')\n"
        "print([n for n in names if type(sys.modules[n]) is not lean._Postponed])"
    )
    assert run(code) == "[]"


def test_menu_without_concerns_loads_nothing_of_theirs():
    """Held deletions, conflicts and the like are paid for by who has them."""
    code = (
        "import sys, gettext, u1tray.tray.app, u1tray.tray.surface.surface\n"
        "from u1tray.status.values import Concerns, Indicator, Sentence, View\n"
        "from u1tray.tray.view.menu import Options, menu\n"
        "def loaded(**more):\n"
        "    view = View(Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, **more)\n"
        "    menu(view, gettext.NullTranslations(), 0.0, Options())\n"
        "    lazy = ('u1tray.status.concern_texts', 'u1tray.tray.view.concerns')\n"
        "    return sum(name in sys.modules for name in lazy)\n"
        "print(loaded(), loaded(concerns=Concerns(held=1)))"
    )
    assert run(code) == "0 2"


@pytest.mark.parametrize(
    ("use", "result"),
    [
        ("import traceback; print(traceback.format_exception_only(ValueError('x'))[0])",
         "ValueError: x"),
        ("import inspect; print(inspect.isfunction(lean.postpone))", "True"),
        ("import pkgutil; print(any(m.name == 'json' for m in pkgutil.iter_modules()))", "True"),
        ("from typing import Optional; print(Optional[int])", "typing.Optional[int]"),
        ("import typing; print(typing.get_type_hints(lean.postpone)['return'])",
         "<class 'NoneType'>"),
        ("import configparser; print(configparser.ConfigParser().sections())", "[]"),
        ("import shlex; print(shlex.split('a b'))", "['a', 'b']"),
    ],
)  # fmt: skip
def test_postponed_module_is_whole_when_it_is_used(use, result):
    """The first use loads the real one."""
    assert run(use) == result


def test_dataclasses_work_before_typing_is_loaded():
    """Also with a ClassVar, which dataclasses must tell from a field."""
    code = (
        "from dataclasses import dataclass, fields\n"
        "from typing import Any, ClassVar, cast\n"
        "A = dataclass(type('A', (), {'__annotations__': {'x': int, 'y': ClassVar}, 'y': 1}))\n"
        "print([f.name for f in fields(A)], cast('int', 3))"
    )
    assert run(code) == "['x'] 3"


def test_pyqt5_in_several_directories_is_found_whole(tmp_path):
    """A part of PyQt5 from PyPI beside the distribution's is on its path, as pkgutil has it."""
    (tmp_path / "PyQt5").mkdir()
    code = (
        f"import sys; sys.path.append({str(tmp_path)!r})\n"
        "import PyQt5, importlib.util\n"
        "ours = list(PyQt5.__path__)\n"
        "del sys.modules['pkgutil']; import pkgutil\n"
        f"print({str(tmp_path / 'PyQt5')!r} in ours)"
    )
    assert run(code) == "True"

"""Compiles the translations, then leaves everything to setup.cfg."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup

for source in Path(__file__).parent.glob("resources/locale/*/LC_MESSAGES/*.po"):
    with source.open("rb") as catalog, source.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read_po(catalog))

setup()

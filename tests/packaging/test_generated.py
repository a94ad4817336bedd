"""What is written by tools is what they would write now."""

from __future__ import annotations

import pytest

from tools import man_page

pytestmark = pytest.mark.core


def test_manual_page_of_u1file_is_up_to_date():
    """Its text is that of --help."""
    assert man_page.PAGE.read_text() == man_page.page(), "run python -m tools.man_page"

"""Times as people write them."""

from __future__ import annotations

import re

import click

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Duration(click.ParamType):  # type: ignore[type-arg]
    """`90`, `90s`, `10m`, `1h`, `2d`: seconds."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no time: write for example 90s, 10m or 1h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]


DURATION = Duration()

"""Bytes as people write and read them: decimal units, as the quota of a disk or a cloud."""

from __future__ import annotations

import re

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_FACTORS = {"": 1, "B": 1} | {
    prefix + suffix: factor ** (power + 1)
    for suffix, factor in (("", 1000), ("B", 1000), ("IB", 1024))
    for power, prefix in enumerate("KMGTP")
}


def format_bytes(count: int, decimal_point: str = ".") -> str:
    """A size with one decimal: `'512 bytes'`, `'1.2 GB'`."""
    if count < 1000:
        return f"{count} bytes" if count != 1 else "1 byte"
    value = float(count)
    unit = 0
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    return f"{value:.1f} {_UNITS[unit]}".replace(".", decimal_point)


def parse_bytes(text: str) -> int:
    """Bytes in `'5GB'`, `'5 GiB'`, `'1.5T'` or `'1024'`. Raises ValueError for anything else."""
    from decimal import Decimal  # noqa: PLC0415 - heavy, and the indicator never parses

    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", text)
    factor = _FACTORS.get(match.group(2).upper()) if match else None
    if match is None or factor is None:
        message = f"not a size: {text!r} (write for example 5GB, 500MB or 1048576)"
        raise ValueError(message)
    return int(Decimal(match.group(1)) * factor)

"""`u1tray --diagnose`: why is there no icon, and what is to be done about it.

The collector looks, `findings` judges, `report` writes; only the first touches the machine.
"""

from __future__ import annotations

from typing import TextIO


def run(out: TextIO) -> int:
    """Write the report; 0 when all is well, 1 when something has to be mended."""
    from u1tray.tray.diagnose import collector, findings, report  # noqa: PLC0415

    facts = collector.collect()
    found = findings.findings(facts)
    out.write("\n".join(report.lines(facts, found)) + "\n")
    return findings.exit_code(found)

"""What is said when no answer came at all; the three ways it fails, without retrying or sending."""

from __future__ import annotations

from u1tray.vocabulary.errors import ContractError, OfflineError

UNREACHABLE = "unreachable"
TIMED_OUT = "timed_out"
NOT_TRUSTED = "not_trusted"  # TLS: trying again does not help


def unreachable(host: str, reason: object) -> OfflineError:
    """No connection, or it broke."""
    why = " ".join(str(reason).split())[:200]
    text = f"The cloud at {host} cannot be reached ({why}). Check the network and the address."
    return OfflineError(text, code=UNREACHABLE)


def timed_out(host: str, seconds: float) -> OfflineError:
    """A connection, but no answer in time."""
    text = f"The cloud at {host} did not answer within {seconds:g} seconds. Try again later."
    return OfflineError(text, code=TIMED_OUT)


def not_trusted(host: str, reason: object) -> OfflineError:
    """TLS failed: the certificate, or the protocol."""
    why = " ".join(str(reason).split())[:200]
    text = (
        f"The secure connection to the cloud at {host} failed ({why}). "
        "Check its address and certificate; a certificate of your own goes into ca_file."
    )
    return OfflineError(text, code=NOT_TRUSTED)


def too_long(host: str, limit: int) -> ContractError:
    """An answer larger than any the contract knows here."""
    text = f"The cloud at {host} sent more than {limit} bytes. Check its address."
    return ContractError(text)

"""Where the platform's own servers are found from this machine."""

from __future__ import annotations

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def base_url(host: str, port: int) -> str:
    """The URL of a server that listens there; one that listens on all addresses is found on the loopback's."""
    host = _ANY.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

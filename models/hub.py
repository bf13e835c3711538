"""Files from a model hub, through its own client, tried once per run with a short timeout."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from models.archives import ArchiveError
from models.registry import HubFile

PROBE_TIMEOUT_S = 2.5
DEFAULT_ENDPOINT = "https://huggingface.co"


class Hub:
    """A model hub that is asked once whether it can be reached, and then believed for the whole run."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
        self._offline = os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0")
        self._reachable: bool | None = None

    def reachable(self) -> bool:
        """Whether the hub answered within the timeout, the first time it was asked."""
        if self._reachable is None:
            self._reachable = not self._offline and self._probe()
        return self._reachable

    def _probe(self) -> bool:
        try:
            return httpx.head(self.endpoint, timeout=PROBE_TIMEOUT_S).status_code < 500
        except httpx.HTTPError:
            return False

    def fetch(self, source: HubFile, folder: Path) -> Path:
        """Download one file below ``folder`` (resuming what lies there) and return its path.

        Raises:
            ArchiveError: the hub has no such file or the transfer failed; the hub is not asked again in this run
                when it cannot be reached any more.
        """
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError

        try:
            found = hf_hub_download(
                source.repository,
                source.file,
                local_dir=folder,
                endpoint=self.endpoint,
                etag_timeout=PROBE_TIMEOUT_S,
            )
        except HfHubHTTPError as error:
            raise ArchiveError(f"{source.repository}/{source.file}: {error}") from error
        except (OSError, httpx.HTTPError, ValueError) as error:
            self._reachable = False
            raise ArchiveError(f"{source.repository}/{source.file}: {error}") from error
        return Path(found)

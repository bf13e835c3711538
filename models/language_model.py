"""One adapter for every OpenAI-compatible endpoint: vLLM, Ollama, llama.cpp and the rest. The default is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType

import httpx

from models.protocols import LanguageModelError, Message

_CONNECT_S = 2.0


class OpenAICompatible:
    """A ``LanguageModel`` behind ``POST {base_url}/chat/completions``.

    Args:
        base_url: up to and with the version, as ``http://127.0.0.1:11434/v1``.
        model: as the endpoint names it.
        api_key: sent as a bearer token; never logged.
        temperature: 0 repeats itself.
        transport: for tests.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        temperature: float = 0.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(
                f"the language model's address must begin with http:// or https://, not {base_url!r}"
            )
        self._model, self._temperature = model, temperature
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(base_url=base_url.rstrip("/"), headers=headers, transport=transport)

    async def __aenter__(self) -> OpenAICompatible:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def complete(
        self, messages: Sequence[Message], max_tokens: int = 256, timeout_s: float = 10.0
    ) -> str:
        """See :class:`models.protocols.LanguageModel`."""
        body = {
            "model": self._model,
            "messages": [asdict(message) for message in messages],
            "max_tokens": max_tokens,
            "temperature": self._temperature,
        }
        timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s))
        try:
            response = await self._client.post("/chat/completions", json=body, timeout=timeout)
            response.raise_for_status()
            content = response.json()["choices"][0]["message"]["content"]
        except httpx.HTTPStatusError as error:
            raise LanguageModelError(f"the language model answered {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise LanguageModelError(
                f"the language model cannot be reached: {type(error).__name__}"
            ) from error
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise LanguageModelError("the language model's answer is not in the OpenAI form") from error
        if not isinstance(content, str) or not content.strip():
            raise LanguageModelError("the language model's answer is empty")
        return content.strip()

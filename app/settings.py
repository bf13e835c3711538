"""Every setting of the platform, with its default; each is an environment variable ``TETRAPHONE_<NAME>``.

Secrets come from the environment alone. A wrong value stops the start with the setting's name and what
it accepts. ``docs/settings.md`` is generated from this file and held to it by a test.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from assist.acd.plan import Plan, load_plan
from assist.wrap_up import CODES
from core.crypto import SiteKey
from core.db import sqlite_url
from core.e164 import is_e164
from core.languages import Language, parse_language
from models.registry import packaged
from voice_gateway.carriers.twilio_settings import TwilioDialerSettings
from voice_gateway.carriers.webrtc_settings import IceServer

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class SettingsError(ValueError):
    """One line per wrong setting: its name, what is wrong, what it accepts."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TETRAPHONE_", extra="ignore", frozen=True)

    # where things are
    data: Path = Field(Path("var"), description="Folder of the database, recordings, keys and sockets.")
    model_cache: Path = Field(
        Path("~/.cache/tetraphone/models"),
        description="Folder of the model assets; may be shared by installations.",
    )
    database_url: str = Field(
        "",
        description="Database, `postgresql+asyncpg://user:password@host/name`; empty: SQLite in the data folder.",
    )
    site_key: SecretStr = Field(
        SecretStr(""),
        description="Key that wraps all others: 32 bytes in base64. Empty: made once, in the data folder, mode 0600.",
    )

    # where it listens
    web_host: str = Field("127.0.0.1", description="Address of the consoles and the API.")
    web_port: int = Field(8080, ge=1, le=65535, description="Port of the consoles and the API.")
    line_host: str = Field("127.0.0.1", description="Address of the line (carriers connect here).")
    line_port: int = Field(8081, ge=1, le=65535, description="Port of the line.")
    secure_cookies: bool = Field(
        False, description="Send session cookies over HTTPS only; set it wherever TLS stands in front."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for `/metrics` from other machines; empty: loopback only."
    )

    # the bot
    bot: str = Field("homegoods", description="Folder under `bots/` of the bot that answers.")
    languages: Annotated[tuple[Language, ...], NoDecode] = Field(
        tuple(Language), description="Languages that the bot answers in, comma-separated: zh, en, ja, ko."
    )
    greeting_language: Language | None = Field(
        Language.EN,
        description="Greeting where neither the number called, the customer nor the country code tells; "
        "empty: all languages; one that is not spoken here: the first that is.",
    )
    number_languages: dict[str, Language] = Field(
        {}, description='Greeting by the number called, JSON: `{"+862112345678": "zh"}`.'
    )

    # the line
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), description="Twilio auth token; without it only loopback clients are served."
    )
    twilio_account_sid: str = Field(
        "",
        description="Twilio account that places calls; with it callers who wait are called back by the platform, "
        "without it by agents, from the list of call backs.",
    )
    public_url: str = Field(
        "", description="Base URL under which Twilio reaches the line, `https://voice.example.com`."
    )
    twilio_number: str = Field(
        "",
        validate_default=True,
        description="Our number in E.164, which customers who are called back see; needed with the account.",
    )
    twilio_machine_detection_s: int = Field(
        10,
        description="How long Twilio may take to tell an answering machine from a person, 3 to 59 s, before somebody who "
        "is called back or an agent's own telephone counts as reached; 0: a machine counts as reached.",
    )
    fallback_number: str = Field("", description="Number in E.164 that calls go to when the machinery fails.")
    max_calls: int = Field(
        40,
        ge=1,
        le=1000,
        description="Calls at once at most; how many of them this machine leads well is learned from measurement.",
    )
    reply_target_s: float = Field(
        1.5,
        gt=0,
        description="95th percentile of the time to a reply that is to be held; fewer calls are taken where it is not.",
    )
    learn_ceiling: bool = Field(
        True,
        description="Whether fewer calls are taken where replies come late; without, `max_calls` alone counts.",
    )
    lobby_places: int = Field(
        20,
        ge=0,
        le=1000,
        description="Callers beyond that who may wait on the line; the next hears a polite message.",
    )
    lobby_wait_s: float = Field(120.0, gt=0, description="How long such a caller may wait for a place.")
    synthesiser: Literal["kokoro", "coqui"] = Field(
        "kokoro", description="The engine that speaks: the packaged `kokoro`, or `coqui` (an extra)."
    )
    coqui_model: str = Field(
        "tts_models/multilingual/multi-dataset/xtts_v2",
        description="Coqui's model, or a folder with `model.pth` and `config.json`; XTTS v2 is for non-commercial use.",
    )
    coqui_voices: dict[str, str] = Field(
        {}, description='Coqui\'s speakers, or recordings, by voice name: `{"bot": "Ana Florence"}`.'
    )
    render_ahead: bool = Field(
        True,
        description="Whether the bot's lines are rendered while nobody or few call, after it was published.",
    )
    media_timeout_s: float = Field(15.0, gt=0, description="A leg that sends no sound for so long has ended.")
    line_url: str = Field(
        "",
        description="Base URL under which browsers reach the line (docs/webrtc.md); empty: the consoles' host, the line's port.",
    )
    public_phone: bool = Field(
        False, description="Whether strangers may call from `/phone`; users may, and everybody in a demo."
    )
    ice_servers: tuple[IceServer, ...] = Field(
        (),
        description='STUN and TURN servers for browsers, JSON: `[{"urls": ["stun:stun.example.com:3478"]}]`.',
    )
    webrtc_legs: int = Field(
        250, ge=1, le=2000, description="Browsers on the line at once, agents and callers together."
    )
    softphone_resume_s: float = Field(
        70.0,
        gt=0,
        le=600,
        description="How long the line of an agent without network is kept: a minute, and some seconds to come back.",
    )
    models_wait_s: float = Field(
        20.0,
        gt=0,
        description="How long a caller waits for speech models that are away, before a person is sought.",
    )

    # people
    offer_timeout_s: float = Field(
        20.0, gt=0, description="An offer that is not answered goes back to the queue."
    )
    queue_timeout_s: float = Field(180.0, gt=0, description="Longest wait for a person.")
    wrap_up_s: float = Field(120.0, gt=0, description="Wrap-up ends by itself after so long.")
    announce_monitoring: bool = Field(
        False, description="Agents see when a supervisor listens to their call; else only when one is heard."
    )
    wrap_up_codes: Annotated[tuple[str, ...], NoDecode] = Field(
        CODES,
        description="Codes that agents close a call with, comma-separated, in the order of the list; "
        "those named here by default have words in all four languages.",
    )
    queues: str = Field(
        "",
        description="YAML file with queues and opening hours (docs/routing.md); empty: the one that ships.",
    )

    zone: ZoneInfo = Field(
        ZoneInfo("UTC"),
        description="Time zone of the site, such as `Asia/Shanghai`: the wallboard's day begins at its midnight.",
    )
    code_url: str = Field(
        "",
        description="The system that codes are for which callers key in for the bot (docs/bridge.md): `https://...`; "
        "empty: agents cannot have one taken.",
    )
    code_secret: SecretStr = Field(
        SecretStr(""), validate_default=True, description="Signs what is sent there; 16 characters at least."
    )
    alert_webhook_url: str = Field(
        "",
        description="Where the wallboard's alerts are told (docs/wallboard.md): `https://...`; empty: nowhere.",
    )
    alert_webhook_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="Signs what is told there; needed with the URL, 16 characters at least.",
    )

    # models
    recogniser_model: str = Field(
        "whisper-base",
        description="Recogniser's asset, or a folder with a model in CTranslate2's or transformers' format.",
    )
    recogniser_beam: int = Field(
        5,
        ge=1,
        le=10,
        description="Width of the recogniser's search; 1 is greedy. Three at most while callers wait for each other, one while many do (docs/recognition.md); through PyTorch always greedy.",
    )
    recogniser_compute_type: str = Field(
        "", description="As CTranslate2 names it; empty: `int8` on a processor, `float16` on a GPU."
    )
    recogniser_batch: int | None = Field(
        None,
        ge=1,
        le=64,
        description="Utterances decoded together at most; empty: 4 on a processor, 16 on a GPU.",
    )
    embedder_model: str = Field(
        "",
        description="Folder with multilingual-e5-small for sentence-transformers (extra `gpu`); empty: the packaged one.",
    )
    decoder: Literal["auto", "onnx", "ctranslate2"] = Field(
        "auto",
        description="What runs the recogniser (docs/recognition.md): `onnx` costs a processor with VNNI less, "
        "and more memory; `ctranslate2` runs everywhere; `auto` chooses.",
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the recogniser and Coqui run.")
    cores: int | None = Field(None, ge=1, description="Cores that the models may use; empty: all there are.")
    qdrant_url: str = Field(
        "", description="Qdrant server; empty: the engine embedded in the models process."
    )

    # operation
    demo: bool = Field(False, description="Demo users, customers, orders and documents. Never in production.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged.")

    @field_validator("languages", mode="before")
    @classmethod
    def _languages(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(parse_language(part) for part in value.split(",") if part.strip())
        return value

    @field_validator("languages")
    @classmethod
    def _some_language(cls, value: tuple[Language, ...]) -> tuple[Language, ...]:
        if not value:
            raise ValueError("at least one of zh, en, ja, ko is needed")
        return value

    @field_validator("greeting_language", mode="before")
    @classmethod
    def _greeting(cls, value: object) -> object:
        return value or None

    @field_validator("wrap_up_codes", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        codes = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if not isinstance(codes, list | tuple):
            return value
        if not codes or not all(0 < len(code) <= 60 for code in codes) or len(set(codes)) < len(codes):
            raise ValueError("accepted: different names of 1 to 60 characters, comma-separated")
        return tuple(codes)

    @field_validator("number_languages")
    @classmethod
    def _spoken_here(cls, value: dict[str, Language], info: ValidationInfo) -> dict[str, Language]:
        spoken = info.data.get("languages", tuple(Language))
        if not set(value.values()) <= set(spoken):
            raise ValueError(f"accepted: the languages of TETRAPHONE_LANGUAGES ({', '.join(spoken)})")
        return value

    @field_validator("zone", mode="before")
    @classmethod
    def _zone(cls, value: object) -> object:
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(str(value))
        except (KeyError, ValueError, OSError):
            raise ValueError("accepted: a time zone such as Asia/Shanghai or Europe/Berlin") from None

    @field_validator("alert_webhook_url", "code_url")
    @classmethod
    def _webhook(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value and not (parts.hostname and (parts.scheme == "https" or local)):
            raise ValueError(
                "accepted: a URL that begins with https:// (http:// on this machine), or nothing"
            )
        return value

    @field_validator("alert_webhook_secret", "code_secret")
    @classmethod
    def _signed(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = str(info.field_name).replace("secret", "url")
        if info.data.get(url) and len(value.get_secret_value()) < 16:
            raise ValueError(f"accepted: 16 characters at least, since TETRAPHONE_{url.upper()} is set")
        return value

    @field_validator("ice_servers")
    @classmethod
    def _ice(cls, value: tuple[IceServer, ...]) -> tuple[IceServer, ...]:
        for server in value:
            server.check()
        return value

    @field_validator("public_url", "line_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("accepted: a URL that begins with https:// (or http:// for tests), or nothing")
        return value.rstrip("/")

    @field_validator("twilio_number")
    @classmethod
    def _outgoing(cls, value: str, info: ValidationInfo) -> str:
        if account := info.data.get("twilio_account_sid", ""):
            token = info.data.get("twilio_auth_token")
            url = info.data.get("public_url", "")
            TwilioDialerSettings(account, token.get_secret_value() if token else "", value, url)
        return value

    @field_validator("twilio_machine_detection_s")
    @classmethod
    def _machine(cls, value: int) -> int:
        if value and not 3 <= value <= 59:
            raise ValueError("accepted: 3 to 59 seconds, or 0")
        return value

    @field_validator("fallback_number")
    @classmethod
    def _e164(cls, value: str) -> str:
        if value and not is_e164(value):
            raise ValueError("accepted: a number in E.164, such as +862112345678, or nothing")
        return value

    @field_validator("web_host", "line_host")
    @classmethod
    def _host(cls, value: str) -> str:
        try:
            ip_address(value)
        except ValueError:
            if not _HOST_NAME.fullmatch(value):
                raise ValueError(
                    "accepted: an address such as 127.0.0.1, 0.0.0.0 or ::1, or a name"
                ) from None
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            known = not value or make_url(value).drivername in ("postgresql+asyncpg", "sqlite+aiosqlite")
        except (ArgumentError, ValueError):
            known = False
        if not known:
            raise ValueError(
                "accepted: postgresql+asyncpg://user:password@host/name, sqlite+aiosqlite:///path, or nothing"
            )
        return value

    @field_validator("qdrant_url")
    @classmethod
    def _qdrant(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("accepted: a URL such as http://qdrant:6333, or nothing")
        return value

    @field_validator("recogniser_model")
    @classmethod
    def _recogniser(cls, value: str) -> str:
        known = sorted({name.split("/")[0] for name in packaged() if name.startswith("whisper")})
        if value in known:
            return value
        folder = Path(value).expanduser()
        if not (folder / "model.bin").is_file() and not any(folder.glob("model*.safetensors")):
            raise ValueError(
                f"accepted: {', '.join(known)}, or a folder with a model: model.bin (CTranslate2) or "
                "model.safetensors (transformers)"
            )
        return str(folder)

    @field_validator("bot")
    @classmethod
    def _bot(cls, value: str) -> str:
        folder = Path(__file__).parent.parent / "bots" / value
        if not (folder / "domain.yml").is_file():
            known = sorted(path.parent.name for path in folder.parent.glob("*/domain.yml"))
            raise ValueError(f"accepted: one of {', '.join(known)}")
        return value

    @field_validator("queues")
    @classmethod
    def _plan(cls, value: str) -> str:
        if value:
            load_plan(Path(value).expanduser())
        return value

    @field_validator("data", "model_cache")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    # --- derived ---

    @property
    def default_language(self) -> Language | None:
        """The language to greet in where nothing tells; None for all of them."""
        if self.greeting_language is None or self.greeting_language in self.languages:
            return self.greeting_language
        return self.languages[0]

    @property
    def db_url(self) -> str:
        return self.database_url or sqlite_url(self.data / "tetraphone.db")

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def phrases(self) -> Path:
        return self.data / "phrases"

    @property
    def run_folder(self) -> Path:
        return self.data / "run"

    @property
    def media_socket(self) -> Path:
        return self.run_folder / "media.sock"

    @property
    def models_socket(self) -> Path:
        return self.run_folder / "models.sock"

    @property
    def bot_folder(self) -> Path:
        return Path(__file__).parent.parent / "bots" / self.bot

    @property
    def nlu_folder(self) -> Path:
        return Path(__file__).parent.parent / "nlu_data"

    @property
    def plan(self) -> Plan:
        """Queues and opening hours."""
        return load_plan(Path(self.queues).expanduser()) if self.queues else load_plan()

    def open_site_key(self) -> SiteKey:
        """The site key from the environment, or from the data folder."""
        text = self.site_key.get_secret_value()
        return SiteKey.from_text(text) if text else SiteKey.from_file(self.data / "keys" / "site.key")


def load(**overrides: object) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: naming each wrong setting and what it accepts.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
        if key := settings.site_key.get_secret_value():
            SiteKey.from_text(key)
    except ValidationError as error:
        lines = []
        for one in error.errors():
            name = "TETRAPHONE_" + str(one["loc"][0]).upper() if one["loc"] else "settings"
            lines.append(
                f"{name}: {one['msg'].removeprefix('Value error, ')} (given: {_shown(name, one['input'])})"
            )
        raise SettingsError("\n".join(lines)) from None
    except SourceError as error:
        raise SettingsError(f"{error}; accepted: JSON, see docs/settings.md") from None
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return settings


def _shown(name: str, value: object) -> str:
    return (
        "***"
        if any(
            word in name for word in ("ICE_SERVERS", "TOKEN", "KEY", "SECRET", "DATABASE_URL", "QDRANT_URL")
        )
        else repr(value)
    )


def settings_table() -> str:
    """The settings as a Markdown table, for ``docs/settings.md``."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, SecretStr):
            default = ""
        if name in ("languages", "wrap_up_codes"):
            default = ",".join(default)
        if isinstance(default, Language):
            default = default.value
        shown = f"`{default}`" if default not in ("", {}, (), None) else ""
        rows.append(f"| `TETRAPHONE_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"

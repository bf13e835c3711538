"""The media process: the line, the calls, the bot and the distributor. Nothing heavy on its event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.bot import fixed_phrases, load_bot, load_mood, number_phrases
from app.ceiling import admission_of, ceiling_kept
from app.codes import code_desk, taker
from app.common import Common, beside, open_common
from app.dead_calls import close_calls_of_the_dead
from app.dialling import answering
from app.ending import ACTION_S, DRAIN_S, GRACEFUL_S, PART_S
from app.queue_plan import current_plan, plan_followed
from app.rendering import rendering_when_idle, room_beside
from app.role_lock import only_one
from app.serving import serve_until_told, unix_config
from app.settings import Settings
from app.softphone import browser_lines
from app.voice import speech_choice
from assist.acd import AcdRouter, AcdSettings
from bots.connectors.demo_orders import DemoOrderDesk
from bots.connectors.orders import LEVELS, OrderDesk
from bots.connectors.services import Services
from bots.understanding.normalise import for_intent
from core.clock import SystemClock
from core.commands import parse_command
from core.numbers import NumberBook
from kb_ingest.client import KnowledgeClient
from models.assets import available
from models.client import ModelsClient
from models.embedding.recent import RecentEmbeddings
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker
from models.turn.smart_turn import ASSET as TURN_MODEL
from models.turn.smart_turn import SmartTurn
from models.vad.silero import SileroVoiceActivity
from voice_gateway.carriers.outgoing import OutgoingCalls
from voice_gateway.carriers.twilio_settings import TwilioSettings
from voice_gateway.line import build_line_app, line_server_config
from voice_gateway.listening_again import ListeningAgain
from voice_gateway.lobby import LobbyOptions
from voice_gateway.parts import CallSettings, KnownCustomer, Parts
from voice_gateway.recording import recordings_in
from voice_gateway.switchboard import Switchboard
from voice_gateway.turns.pace import pace_for
from voice_gateway.turns.turn_service import TurnService
from voice_gateway.turns.vad_service import VadService

logger = logging.getLogger(__name__)

AGENT_VOICE = "agent"
PARTIALS_WAIT_S = 3.0
"""Below ``GRACEFUL_S``, so that nobody's waiting has to be cut off when the process ends."""


async def run_media(settings: Settings) -> None:
    """Serve the line and ``media.sock`` until told to stop; then let calls end.

    Raises:
        AlreadyRunning: another media process works on this data folder.
    """
    with only_one(settings, "media"):
        await _run_media(settings)


async def _run_media(settings: Settings) -> None:
    async with open_common(settings) as common:
        before = await common.log.last_position()
        async with _switchboard(common) as (switchboard, router, models, vad, ear):

            def ready() -> tuple[bool, dict[str, Any]]:
                ceiling = switchboard.admission.ceiling
                calls = {
                    "calls": len(switchboard.live()),
                    "ceiling": ceiling,
                    "max_calls": settings.max_calls,
                }
                return vad.alive, {**calls, "voice_activity": vad.alive}

            browsers = browser_lines(settings, common.site_key, switchboard)
            outgoing = OutgoingCalls()
            line = build_line_app(
                answering(settings, outgoing, switchboard, router, common.log),
                twilio_settings(settings),
                admit=lambda call: switchboard.has_room(),
                ready=ready,
                metrics_token=settings.metrics_token.get_secret_value(),
                browsers=browsers.routes(),
                outgoing=outgoing,
            )
            control = build_control_app(switchboard, router, models, lambda: vad.alive)

            await serve_until_told(
                [
                    line_server_config(
                        line,
                        settings.line_host,
                        settings.line_port,
                        log_config=None,
                        timeout_graceful_shutdown=GRACEFUL_S,
                    ),
                    unix_config(control, settings.media_socket),
                ],
                [lambda: let_calls_end(switchboard), browsers.close],
                once_open=lambda: close_calls_of_the_dead(common, before, ear),
            )


async def let_calls_end(switchboard: Switchboard) -> None:
    """Wait for the calls under way; tell those that go on, and stay for what carriers ask afterwards."""
    had_calls = bool(switchboard.live())
    if not await switchboard.drain(DRAIN_S):
        had_calls = True
        await switchboard.part(PART_S)
    if had_calls:
        await asyncio.sleep(ACTION_S)


def twilio_settings(settings: Settings) -> TwilioSettings:
    return TwilioSettings(
        auth_token=settings.twilio_auth_token.get_secret_value(),
        public_url=settings.public_url,
        fallback_number=settings.fallback_number,
        default_language=settings.default_language or settings.languages[0],
        media_timeout_s=settings.media_timeout_s,
    )


@asynccontextmanager
async def _switchboard(
    common: Common,
) -> AsyncIterator[tuple[Switchboard, AcdRouter, ModelsClient, VadService, ListeningAgain]]:
    settings = common.settings
    async with AsyncExitStack() as stack:
        models = await stack.enter_async_context(ModelsClient(settings.models_socket))
        knowledge = KnowledgeClient(settings.models_socket)
        stack.push_async_callback(knowledge.close)
        orders = DemoOrderDesk(common.db)
        # Intent and mood of a turn ask for the same vector.
        embedder = RecentEmbeddings(models)
        stack.callback(embedder.close)
        bot = load_bot(settings, embedder, Services(orders, knowledge, SystemClock().now))
        stack.push_async_callback(bot.settle)
        plan, version = await current_plan(common)
        router = AcdRouter(
            common.log,
            settings=AcdSettings(offer_s=settings.offer_timeout_s, wrap_up_s=settings.wrap_up_s),
            plan=plan,
        )
        stack.callback(router.close)
        await router.restore()
        await stack.enter_async_context(plan_followed(common, router, version))
        vad = VadService(SileroVoiceActivity(capacity=settings.max_calls * 2))
        await vad.start()
        stack.push_async_callback(vad.close)
        turns = open_turn_service(lambda: load.utilisation if (load := models.load()) is not None else 0.0)
        if turns is not None:
            stack.callback(turns.close)
        speaker = Speaker(
            models,
            PhraseCache(settings.phrases),
            version=speech_choice(settings).version,
            names=bot.spoken.names,
        )
        stack.push_async_callback(speaker.close)
        numbers = await stack.enter_async_context(numbers_followed(common))
        if (codes := code_desk(settings)) is not None:
            stack.push_async_callback(codes.close)
        parts = Parts(
            log=common.log,
            vad=vad,
            turns=turns,
            recogniser=models,
            speaker=speaker,
            bot=bot,
            router=router,
            open_recording=recordings_in(settings.recordings, common.keys),
            settings=CallSettings(
                languages=settings.languages,
                number_languages=numbers,
                default_language=settings.default_language,
                bot_voices=bot.spoken.voices,
                agent_voices={language: AGENT_VOICE for language in settings.languages},
                agent_wait_s=settings.queue_timeout_s,
                fallback_number=settings.fallback_number or None,
                models_wait_s=settings.models_wait_s,
                announce_monitoring=settings.announce_monitoring,
            ),
            sentiment=load_mood(settings, embedder).sentiment,
            person_of=common.site_key.pseudonym,
            find_customer=lambda number: known_customer(orders, number),
            spare_capacity=lambda: (load := models.load()) is None or load.spare,
            pace=lambda: (
                pace_for(load.utilisation, load.spare) if (load := models.load()) else pace_for(None)
            ),
            take_code=taker(settings, codes),
            foresee=lambda text, language: embedder.ahead(for_intent(text, language), "query"),
        )
        switchboard = Switchboard(
            parts,
            router,
            admission=admission_of(settings),
            lobby=LobbyOptions(places=settings.lobby_places, wait_s=settings.lobby_wait_s),
            load=models.load,
        )
        await stack.enter_async_context(switchboard)
        stack.push_async_callback(parts.lines.close)
        await stack.enter_async_context(ceiling_kept(settings, lambda: switchboard.admission.learned))
        if settings.render_ahead:
            room = lambda: room_beside(  # noqa: E731
                len(switchboard.live()), switchboard.admission.ceiling, models.load()
            )
            await stack.enter_async_context(
                rendering_when_idle(
                    speaker,
                    fixed_phrases(settings, bot),
                    number_phrases(settings, bot),
                    knowledge,
                    room,
                    bot.spoken.voices,
                )
            )
        ear = ListeningAgain(vad, models, settings.languages, bot.vocabulary)
        yield switchboard, router, models, vad, ear


@asynccontextmanager
async def numbers_followed(common: Common) -> AsyncIterator[NumberBook]:
    """The numbers that administrators keep, over those of the settings; changes are followed while it is open."""
    numbers = NumberBook(common.settings.number_languages)
    async with beside(numbers.follow(common.db), "numbers"):
        yield numbers


def open_turn_service(load: Callable[[], float]) -> TurnService | None:
    """The end-of-turn model, if it is there; without it silence alone ends a turn.

    Args:
        load: how busy the recogniser is, 0 to 1.
    """
    if not available(TURN_MODEL):
        logger.warning(
            "the end-of-turn model is not there (tetraphone models pull); silence alone ends a turn"
        )
        return None
    return TurnService(SmartTurn(), load=load)


async def known_customer(orders: OrderDesk, number: str) -> KnownCustomer | None:
    """What the order system knows of a caller, as the call needs it."""
    customer = await orders.find_customer(number)
    if customer is None:
        return None
    level = LEVELS.index(customer.level)
    return KnownCustomer(customer.language, {"name": customer.name, "level": level, "tier": customer.level})


def build_control_app(
    switchboard: Switchboard, router: AcdRouter, models: ModelsClient, hears: Callable[[], bool]
) -> Starlette:
    """What the web process and the supervisor ask of this one, on ``media.sock``.

    Args:
        hears: whether calls are heard. Where they are not, the process is not healthy, and is started anew.
    """

    async def command(request: Request) -> Response:
        try:
            wanted = parse_command.validate_json(await request.body())
        except ValueError as error:
            return JSONResponse({"ok": False, "error": f"not a command: {error}"}, status_code=422)
        reply = await switchboard.handle(wanted)
        return JSONResponse(reply.model_dump())

    async def state(request: Request) -> Response:
        calls = [
            {
                "interaction_id": call.interaction_id,
                "stage": call.stage,
                "agent": call.agent,
                "language": call.language,
                "media_s": call.media_s,
                **call.bridge,
            }
            for call in switchboard.live()
        ]
        return JSONResponse(
            {
                **router.state(),
                "calls": calls,
                "calls_out": switchboard.calling_out.possible,
                "takes_codes": switchboard.takes_codes,
            }
        )

    async def partials(request: Request) -> Response:
        """What is being said at this moment, as soon as it differs from the version that the asker has."""
        try:
            after = int(request.query_params.get("after", "-1"))
        except ValueError:
            return JSONResponse({"error": "after: a version is wanted"}, status_code=422)
        return JSONResponse(await switchboard.partials.changes(after, PARTIALS_WAIT_S))

    async def healthz(request: Request) -> Response:
        if not hears():
            return JSONResponse({"status": "calls are not heard"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        speech = await models.ready()
        body: dict[str, Any] = {"ready": hears(), "calls": len(switchboard.live()), "models": speech}
        return JSONResponse(body, status_code=200 if body["ready"] else 503)

    return Starlette(
        routes=[
            Route("/command", command, methods=["POST"]),
            Route("/state", state),
            Route("/partials", partials),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ]
    )

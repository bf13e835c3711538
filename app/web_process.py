"""The web process: consoles and API on a port, following the log; scoring and suggestions."""

from __future__ import annotations

from contextlib import AsyncExitStack

from app.bot import load_mood
from app.common import audit_of, open_common
from app.demo_data import DEMO_LOGINS
from app.queue_plan import plan_now, plan_of_settings
from app.role_lock import only_one
from app.scorecard import the_scorecard
from app.serving import port_config, serve_until_told
from app.settings import Settings
from app.softphone import line_access
from app.web import MediaLink, ModelsProbe, WebParts, WebSettings, build_web_app
from assist.acd.plan import parse_plan
from assist.desk import DeskSite, mount_desk
from assist.feed import AssistFeed
from assist.screen_pop import Records
from assist.wall import Wall, WallSettings, mount_wall
from bots.connectors.demo_orders import DemoOrderDesk
from bots.connectors.tickets import DemoTicketDesk
from bots.engine.handing_over import load_handing_over
from core.administration import Administration
from core.identity import Identity
from core.views import CallList
from evals.qa_page import register_qa_pages
from evals.scorer import Scorer
from kb_ingest.client import KnowledgeClient
from models.client import ModelsClient


async def run_web(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        AlreadyRunning: another web process works on this data folder.
        SettingsError: the scorecard holds a mistake.
    """
    with only_one(settings, "web"):
        await _run_web(settings)


async def _run_web(settings: Settings) -> None:
    card = the_scorecard()
    async with open_common(settings) as common, AsyncExitStack() as stack:
        models = await stack.enter_async_context(ModelsClient(settings.models_socket))
        knowledge = KnowledgeClient(settings.models_socket)
        stack.push_async_callback(knowledge.close)
        media = MediaLink(settings.media_socket)
        stack.push_async_callback(media.close)
        probe = ModelsProbe(settings.models_socket)
        stack.push_async_callback(probe.close)
        identity = Identity(common.db)
        audit = audit_of(settings, common.db, common.site_key)
        call_list = CallList(common.db, common.log)
        scorer = Scorer(common.log, card)
        feed = AssistFeed(
            common.log,
            media,
            knowledge=knowledge,
            classifier=load_mood(settings, models),
            records=Records(DemoOrderDesk(common.db), DemoTicketDesk(common.db), call_list),
        )
        desk = DeskSite(feed, identity, audit, lambda: plan_now(common), settings.wrap_up_codes)
        administration = Administration(
            common.db,
            identity,
            audit,
            [settings.bot],
            check_plan=parse_plan,
            first_plan=plan_of_settings(settings),
            # Pages that are open tell the distributor what the agent speaks and knows now.
            user_changed=feed.attendance.user_changed,
            bot_skills={settings.bot: load_handing_over(settings.bot_folder).asked},
        )
        wall = Wall(
            common.log,
            media,
            administration,
            WallSettings(
                settings.zone, settings.alert_webhook_url, settings.alert_webhook_secret.get_secret_value()
            ),
        )
        await feed.start()
        stack.push_async_callback(feed.close)
        parts = WebParts(
            db=common.db,
            log=common.log,
            identity=identity,
            call_list=call_list,
            recordings_folder=settings.recordings,
            person_keys=common.keys,
            knowledge=knowledge,
            media=media,
            models=probe,
            scorer=scorer,
            administration=administration,
            wall=wall,
            line=line_access(settings, common.site_key),
            settings=WebSettings(
                secure_cookies=settings.secure_cookies,
                demo=settings.demo,
                demo_logins=DEMO_LOGINS if settings.demo else (),
                metrics_token=settings.metrics_token.get_secret_value(),
            ),
            pages=(
                lambda: mount_desk(desk),
                mount_wall,
                lambda: register_qa_pages(common.log, call_list, scorer),
            ),
            background={"scorer": scorer.keep_up},
        )
        app = build_web_app(parts)
        await serve_until_told([port_config(app, settings.web_host, settings.web_port)])

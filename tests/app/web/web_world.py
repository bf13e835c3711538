"""A web process over a real database with a few calls in it; shared by the tests of API and pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np

from app.web import MediaLink, ModelsProbe, WebParts, WebSettings
from assist.acd.plan import parse_plan
from core import events as ev
from core.administration import Administration
from core.audit import AuditLog
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.identity import Identity, Role
from core.languages import Language
from core.log import EventLog
from core.recordings import RecordingWriter
from core.views import CallList
from evals.scorecard import load
from evals.scorer import Scorer
from kb_ingest.parsing import Document, ParseLimits, parse_document

PASSWORD = "a long enough password"
ROOT = Path(__file__).parents[3]
CALLER = "+8613800138000"


@dataclass
class MemoryKnowledge:
    """Documents read by the real parsers, found by common words; the index itself is tested in its own room."""

    documents: dict[str, tuple[Document, str]] = field(default_factory=dict)
    away: Exception | None = None

    async def add(self, name, data, uploaded_by):
        if self.away:
            raise self.away
        document = await parse_document(name, data, ParseLimits())
        self.documents[name] = (document, uploaded_by)
        return self._shown(name)

    async def list(self):
        if self.away:
            raise self.away
        return [self._shown(name) for name in sorted(self.documents)]

    async def remove(self, document_id):
        if document_id not in self.documents:
            raise KeyError(document_id)
        del self.documents[document_id]

    async def search(self, query, language=None, limit=5):
        if self.away:
            raise self.away
        words = set(query.lower().split())
        hits = []
        for name, (document, _) in self.documents.items():
            for section in document.sections:
                common = words & set(section.text.lower().split())
                if common and language in (None, document.language):
                    hits.append(
                        {
                            "text": section.text,
                            "score": len(common) / len(words),
                            "document": document.title or name,
                            "section": " > ".join(section.path),
                            "language": document.language,
                            "passage_id": f"{name}-1",
                            "document_id": name,
                        }
                    )
        return sorted(hits, key=lambda hit: -hit["score"])[:limit]

    def _shown(self, name):
        document, by = self.documents[name]
        return {
            "id": name,
            "name": name,
            "title": document.title,
            "language": document.language,
            "sections": len(document.sections),
            "passages": len(document.sections),
            "version": 1,
            "uploaded_by": by,
            "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        }


def answering(status: int, content: str) -> httpx.MockTransport:
    """Another process that always answers so."""
    return httpx.MockTransport(lambda request: httpx.Response(status, text=content))


def broken() -> httpx.MockTransport:
    """Another process that is away."""

    def refuse(request):
        raise httpx.ConnectError("no such socket", request=request)

    return httpx.MockTransport(refuse)


def media_that(handle) -> MediaLink:
    return MediaLink("unused", transport=httpx.MockTransport(handle))


async def seed(folder: Path) -> dict[str, str]:
    """Fill an empty folder with users of each role, one token each, and three calls; returns the tokens."""
    parts = await open_world(folder)
    tokens = {}
    for role in Role:
        languages = ("zh", "en") if role is Role.AGENT else ()
        await parts.identity.add_user(
            role.value, PASSWORD, {role}, name=f"Test {role.value}", languages=languages
        )
        session = await parts.identity.log_in(role.value, PASSWORD, "token")
        tokens[role.value] = session.secret
    await add_calls(parts)
    await close_world(parts)
    return tokens


async def open_world(folder: Path, **settings) -> WebParts:
    """Parts of a web process over the folder; ``close_world`` ends it."""
    db = Database(sqlite_url(folder / "web.db"))
    await db.create_all()
    keys = PersonKeys(db, SiteKey(b"k" * 32))
    log = EventLog(db, keys)
    await log.start()
    identity = Identity(db)
    audit = AuditLog(db, SiteKey(b"k" * 32), witness=folder / "audit.witness")
    return WebParts(
        db=db,
        log=log,
        identity=identity,
        call_list=CallList(db, log),
        recordings_folder=folder / "recordings",
        person_keys=keys,
        knowledge=MemoryKnowledge(),
        media=MediaLink("unused", transport=answering(200, '{"agents": [], "waiting": []}')),
        models=ModelsProbe("unused", transport=answering(200, "")),
        administration=Administration(
            db,
            identity,
            audit,
            ["homegoods"],
            check_plan=parse_plan,
            first_plan={"queues": {"complaints": {"skills": ["complaints"]}, "general": {}}},
        ),
        scorer=Scorer(log, load(next((ROOT / "evals" / "scorecards").glob("*.yml")))),
        settings=WebSettings(**settings),
    )


async def close_world(parts: WebParts) -> None:
    await parts.log.close()
    await parts.media.close()
    await parts.models.close()
    await parts.db.close()


async def add_calls(parts: WebParts) -> None:
    for name, (person, events) in CALLS.items():
        for event in events:
            await parts.log.append(name, event, person=person)
    await record(parts, "call-resolved", "person-1", 3.5)
    while await parts.call_list.catch_up():
        pass


async def record(parts: WebParts, name: str, person: str, seconds: float) -> np.ndarray:
    """Write a recording whose sound is known: a ramp, so that every byte range is its own."""
    writer = RecordingWriter(parts.recordings_folder, name, await parts.person_keys.key(person), person)
    ramp = (np.arange(round(seconds * 8000)) % 20000).astype(np.int16)
    writer.write(0, 0.0, ramp)
    writer.write(1, 0.0, -ramp)
    writer.close(seconds)
    return np.stack([ramp, -ramp], axis=1)


def log_in(url: str, user: str) -> httpx.Client:
    """A browser without a screen, logged in through the form."""
    client = httpx.Client(base_url=url, timeout=20)
    answer = client.post("/login", data={"username": user, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


def _started(language: str, caller: str) -> ev.CallStarted:
    return ev.CallStarted(
        carrier="twilio",
        carrier_call_id="CA1",
        caller=caller,
        called="+14155550100",
        bot="homegoods",
        language=language,
    )


def _timed(turn: int, gap: float, language: str | None = None) -> ev.TurnTimed:
    return ev.TurnTimed(
        turn=turn,
        end_of_turn_ms=380,
        recognise_ms=120,
        understand_ms=30,
        first_audio_ms=45,
        gap_ms=gap,
        language=language,
    )


def _heard(turn: int, text: str, language: str, start: float, end: float) -> ev.UtteranceHeard:
    return ev.UtteranceHeard(
        text=text, language=language, start_s=start, end_s=end, confidence=0.9, turn=turn
    )


def _spoken(turn: int, text: str, language: str, start: float, end: float, **more) -> ev.UtteranceSpoken:
    return ev.UtteranceSpoken(
        speaker=more.pop("speaker", "bot"),
        text=text,
        language=language,
        start_s=start,
        end_s=end,
        turn=turn,
        **more,
    )


def _understood(turn: int, intent: str, language: str, sentiment: float = 0.0) -> ev.TurnUnderstood:
    return ev.TurnUnderstood(
        turn=turn, intent=intent, confidence=0.93, language=language, sentiment=sentiment
    )


CALLS: dict[str, tuple[str, list[ev.Event]]] = {
    "call-resolved": (
        "person-1",
        [
            _started("zh", CALLER),
            ev.ConsentNoticePlayed(at_s=0.1),
            ev.RecordingStarted(name="call-resolved", channels=2, rate=8000),
            _spoken(
                0,
                "您好，这里是居家用品客服，通话将被录音。请问有什么可以帮您？",
                "zh",
                0.2,
                4.9,
                name="utter_greet",
            ),
            _heard(1, "我想查一下订单一零四二二七到哪里了", "zh", 5.4, 8.2),
            _understood(1, "order_status", "zh"),
            ev.ActionTaken(name="action_order_status", ok=True),
            _timed(1, 540, "zh"),
            _spoken(1, "订单104227已经发货，预计三月五号送达。", "zh", 8.8, 12.0, name="utter_order_status"),
            ev.AnswerConfirmed(by="connector", intent="order_status"),
            _heard(2, "好的，我的电话是13912345678，谢谢", "zh", 12.6, 15.8),
            _understood(2, "thank", "zh", 0.4),
            _timed(2, 610, "zh"),
            _spoken(2, "不客气，再见。", "zh", 16.4, 17.6, name="utter_goodbye"),
            ev.RecordingClosed(name="call-resolved", seconds=3.5),
            ev.CallEnded(outcome="resolved", reason="caller_hung_up", duration_s=18.0),
            ev.CallSummarised(text="客户查询订单104227，已告知三月五号送达。", language="zh"),
            ev.CallScored(
                scorecard="service",
                scorecard_version="1",
                score=88.0,
                answers={
                    "answers": [
                        {
                            "question": "greeting",
                            "answer": "yes",
                            "reason": "The bot greeted within five seconds.",
                            "quote": "您好",
                            "second": 0.2,
                            "speaker": "bot",
                        }
                    ]
                },
            ),
        ],
    ),
    "call-handed": (
        "person-2",
        [
            _started("ja", "+819012345678"),
            _spoken(
                0, "お電話ありがとうございます。ご用件をお話しください。", "ja", 0.2, 3.4, name="utter_greet"
            ),
            _heard(1, "届いた花瓶が割れていました。担当の人と話したいです", "ja", 4.0, 7.9),
            _understood(1, "complain", "ja", -0.6),
            _timed(1, 700, "ja"),
            ev.HandoffRequested(
                packet={
                    "interaction_id": "call-handed",
                    "language": "ja",
                    "reason": "caller_asked",
                    "intent": "complain",
                    "slots": {"order_number": "H104231", "phone": "09012345678"},
                    "tried": [{"what": "looked_up_order", "ok": True}],
                    "summary": {
                        "matter": "花瓶が割れて届いた。",
                        "done": "注文を確認した。",
                        "open": "交換を希望。",
                        "mood": "",
                    },
                    "caller": "+819012345678",
                },
                reason="caller_asked",
                skills=["complaints"],
                priority=5,
            ),
            ev.OfferMade(offer_id="offer-1", agent="agent", reason="longest idle"),
            ev.OfferAnswered(offer_id="offer-1", agent="agent", answer="accepted", waited_s=6.2),
            _spoken(
                2, "担当の者です。ご迷惑をおかけして申し訳ございません。", "ja", 20.0, 23.5, speaker="agent"
            ),
            ev.CallEnded(outcome="handed_off", reason="agent_closed", duration_s=64.0),
            ev.WrapUpDone(agent="agent", code="replacement", summary="花瓶を交換発送。"),
        ],
    ),
    "call-live": (
        "person-3",
        [
            _started("en", "+14155550123"),
            _spoken(0, "Thank you for calling. How can I help you?", "en", 0.2, 2.8, name="utter_greet"),
            _heard(1, "How long is the warranty on the oak table?", "en", 3.3, 5.9),
            _understood(1, "ask_knowledge", "en"),
            _timed(1, 480),
        ],
    ),
}
__all__ = ["CALLER", "CALLS", "PASSWORD", "Language", "MemoryKnowledge", "add_calls", "open_world", "seed"]

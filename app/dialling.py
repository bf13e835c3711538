"""The platform's outgoing line, where the settings name one: customers are called back by it, agents' own telephones
and numbers that they consult are rung."""

from __future__ import annotations

from app.settings import Settings
from assist.acd import AcdRouter
from core.log import EventLog
from voice_gateway.carriers.outgoing import OutgoingCalls
from voice_gateway.carriers.twilio_dialer import TwilioDialer
from voice_gateway.carriers.twilio_settings import TwilioDialerSettings
from voice_gateway.carriers.twilio_stream import Answer
from voice_gateway.dialling import CallBacks
from voice_gateway.switchboard import Switchboard


def dialer_settings(settings: Settings) -> TwilioDialerSettings | None:
    """None where nobody is to be dialled: agents call back by hand, from the list."""
    if not settings.twilio_account_sid:
        return None
    return TwilioDialerSettings(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        number=settings.twilio_number,
        public_url=settings.public_url,
        machine_s=settings.twilio_machine_detection_s,
    )


def answering(
    settings: Settings, outgoing: OutgoingCalls, switchboard: Switchboard, router: AcdRouter, log: EventLog
) -> Answer:
    """Who leads the legs of the line; with an outgoing line the distributor dials by it from now on."""
    wanted = dialer_settings(settings)
    if wanted is None:
        return switchboard.answer
    dialer = TwilioDialer(wanted, outgoing)
    call_backs = CallBacks(
        dialer, router, log, log.read,
        answer=switchboard.answer, lead=switchboard.lead_call_back,
    )  # fmt: skip
    router.dial_with(call_backs.dial)
    switchboard.calling_out.dial_with(dialer, call_backs.answer)
    return switchboard.calling_out.answer

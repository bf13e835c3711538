"""A stream's token works once, soon, and for its own call."""

from voice_gateway.carriers.tokens import StreamTokens, TokenVerdict
from voice_gateway.leg import CallInfo

CALL = CallInfo("twilio", "CA1", "+861", "+862")


def test_a_token_lets_its_call_in_once():
    tokens = StreamTokens()
    token = tokens.issue(CALL, now=100.0)
    assert tokens.claim(token, "CA1", now=159.9) == (TokenVerdict.OK, CALL)
    assert tokens.claim(token, "CA1", now=159.9) == (TokenVerdict.REPLAYED, None)


def test_a_token_expires_after_its_life():
    tokens = StreamTokens(life_s=60)
    token = tokens.issue(CALL, now=100.0)
    tokens.issue(CALL, now=150.0)
    assert tokens.claim(token, "CA1", now=160.0) == (TokenVerdict.EXPIRED, None)


def test_a_token_presented_by_another_call_is_used_up():
    tokens = StreamTokens()
    token = tokens.issue(CALL, now=0.0)
    assert tokens.claim(token, "CA2", now=1.0) == (TokenVerdict.WRONG_CALL, None)
    assert tokens.claim(token, "CA1", now=1.0) == (TokenVerdict.REPLAYED, None)


def test_strange_tokens_are_unknown():
    tokens = StreamTokens()
    for token in ("", "x" * 10_000, "\ud800", "令牌"):
        assert tokens.claim(token, "CA1", now=0.0) == (TokenVerdict.UNKNOWN, None)


def test_tokens_do_not_pile_up():
    tokens = StreamTokens(capacity=10)
    first = tokens.issue(CALL, now=0.0)
    newest = [tokens.issue(CALL, now=0.0) for _ in range(10)]
    assert tokens.claim(first, "CA1", now=0.0)[0] is TokenVerdict.UNKNOWN
    assert all(tokens.claim(token, "CA1", now=0.0)[0] is TokenVerdict.OK for token in newest)

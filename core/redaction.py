"""The one redactor, which stands before every sink: log, API, stream, page, metrics, stored text.

It masks card, identity and phone numbers and spoken or keyed codes, in figures or in spoken digits of
four languages. What callers of a shop must say, order numbers (a letter and six digits, or six digits)
and tracking numbers (letters, then digits), stays.
"""

from __future__ import annotations

import logging
import re

MASK = "****"

SEPARATOR = r"[\s,.\-‐–—·()（）、，。]{0,3}"
ENGLISH_DIGIT = r"(?:double\s+|triple\s+)?(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine)"
DIGITS = {
    "figures": r"[0-9０-９]",
    "chinese": r"[0-9０-９〇零一二三四五六七八九幺两]",
    "japanese": r"(?:[0-9０-９〇零一二三四五六七八九]|ゼロ|れい|まる|いち|に|さん|よん|し|ご|ろく|なな|しち|はち|きゅう|きゅー|く)",
    "korean": r"[0-9０-９공영일이삼사오육륙칠팔구]",
}
# A run counts from nine digits on: a phone number without its area is the shortest personal number.
SHORTEST = 9
_RUNS = [
    re.compile(rf"(?<![0-9A-Za-z０-９]){unit}(?:{SEPARATOR}{unit}){{{SHORTEST - 1},}}[xXＸ]?(?![0-9A-Za-z])")
    for unit in DIGITS.values()
]
_ENGLISH_RUN = re.compile(
    rf"\b(?:{ENGLISH_DIGIT}|[0-9])(?:{SEPARATOR}(?:{ENGLISH_DIGIT}|[0-9])\b){{{SHORTEST - 1},}}",
    re.IGNORECASE,
)
_PLUS_NUMBER = re.compile(r"\+[0-9][0-9\s\-()]{6,18}[0-9]")
_DATE = re.compile(r"^\s*(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}")
_ANY_DIGIT = rf"(?:{ENGLISH_DIGIT}\b|{DIGITS['japanese']}|[공영일이삼사오육칠팔구幺两])"
# A product's or a postal code is no secret.
_CODE_WORDS = (
    r"(?:(?<!order )(?<!product )(?<!item )(?<!area )(?<!zip )(?<!postal )\bcodes?\b|\bpin\b|\bcvv2?\b|\bcvc\b|\botp\b|"
    r"pass ?code|password|验证码?|校验码|密码|安全码|認証コード|認証番号|確認コード|暗証番号?|パスワード|"
    r"セキュリティコード|인증\s?번호|인증\s?코드|비밀\s?번호|보안\s?코드)"
)
_CARD_WORDS = r"(?:\bcards?\b|卡号|银行卡|信用卡|カード|카드)"
CARD_WORDS = re.compile(_CARD_WORDS, re.IGNORECASE)
_PHONE_WORDS = r"(?:\b(?:phone|mobile|cell|telephone)\b|电话|手机|電話|携帯|전화|휴대폰|핸드폰|연락처)"


def _after(words: str, fewest: int) -> re.Pattern[str]:
    """Digits that follow one of the words within a short distance, to their end: a recogniser may hear too many."""
    return re.compile(
        rf"({words}[^0-9０-９\n]{{0,24}}?)(?<!\*)({_ANY_DIGIT}(?:{SEPARATOR}{_ANY_DIGIT}){{{fewest - 1},}})",
        re.IGNORECASE,
    )


_CODES = _after(_CODE_WORDS, 3)
_NUMBERS = (_after(_CARD_WORDS, 4), _after(_PHONE_WORDS, 7))
# Passports and national identity cards: a letter and seven to twelve figures, or two and exactly seven.
# Orders have six figures; parcels two letters and nine or more.
_DOCUMENT = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z][0-9]{7,12}|[A-Z]{2}[0-9]{7})(?![0-9A-Za-z])")
_LAST_FOUR = re.compile(r"[0-9]{4}$")
_IDENTITY = {12, 13, 18}
"""Figures of identity numbers: Japan's, Korea's, China's."""
# Three figures in a row may be the beginning of any number.
_BEGINNING = re.compile(
    rf"(?:[0-9０-９]|(?<![A-Za-z]){_ANY_DIGIT})(?:{SEPARATOR}(?:[0-9０-９]|{_ANY_DIGIT})){{2,}}",
    re.IGNORECASE,
)


def redact_unfinished(text: str) -> str:
    """Mask every number in words that are still being spoken: nobody can tell yet what it will be."""
    return _BEGINNING.sub(MASK, redact(text))


def redact(text: str) -> str:
    """Mask personal numbers in free text, keeping the last four figures of a phone or card number; codes wholly."""
    if not text:
        return text
    text = _CODES.sub(lambda match: match.group(1) + MASK, text)
    for number in _NUMBERS:
        text = number.sub(lambda match: match.group(1) + mask_number(match.group(2)), text)
    text = _DOCUMENT.sub(MASK, text)
    text = _PLUS_NUMBER.sub(lambda match: mask_number(match.group()), text)
    for run in (*_RUNS, _ENGLISH_RUN):
        text = run.sub(_mask_run, text)
    return text


def _mask_run(match: re.Match[str]) -> str:
    run = match.group()
    date = _DATE.match(run)
    if date is None:
        return mask_number(run)
    rest = run[date.end() :]
    # A time of day may follow a date; nine figures and more are something else.
    few = sum(character.isdigit() for character in rest) < SHORTEST
    return run[: date.end()] + (rest if few else f" {mask_number(rest)}")


def mask_number(number: str) -> str:
    """Mask a phone or card number but for its last four figures; what may be an identity number wholly.

    A number of 12, 13 or 18 figures may be one, unless a plus says that it is a telephone's; so may one that ends in X.
    """
    figures = re.sub(r"[^0-9]", "", number)
    if number[-1:] in "xXＸ" or (len(figures) in _IDENTITY and not number.lstrip().startswith("+")):
        return MASK
    tail = _LAST_FOUR.search(figures)
    return MASK + tail.group() if tail and len(figures) >= 7 else MASK


class RedactingFilter(logging.Filter):
    """Puts the redactor before every log line; give it to each handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            # The traceback is made into text here, so that it passes through the redactor too.
            text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = redact(text)
        return True

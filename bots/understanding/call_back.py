"""Whether a sentence asks to be called back: beside the key, the way to ask for it while waiting."""

from __future__ import annotations

import re

from bots.understanding.normalise import fold, squeeze
from core.languages import Language

_ASKS = {
    Language.ZH: r"回电|回拨|回个?电话|打回来|打给我|打过来|给我打|回头打|再打给我",
    Language.EN: r"call\s?(?:me\s?)?back|ring\s?(?:me\s?)?back|phone\s?(?:me\s?)?back|call\s?me\s?(?:later|again)|return\s?(?:my|the)\s?call",
    Language.JA: r"折り?返し|おりかえし|かけ直して|掛け直して|かけなおして|電話をください|電話ください|後で電話",
    Language.KO: r"콜백|다시\s?전화|전화\s?(?:해\s?)?주|회신|전화\s?부탁|다시\s?걸어",
}
_DECLINES = {
    Language.ZH: r"(?:不用|不要|别|不需要|无需|不必).{0,4}(?:回|打)|我(?:再|自己|回头|等会儿?)打",
    Language.EN: r"(?:don't|do\s?not|no\s?need|never|rather\s?not|no).{0,12}(?:call|ring|phone)|i(?:'ll|\s?will)\s?(?:call|ring|phone)",
    Language.JA: r"(?:折り?返し|おりかえし|電話).{0,6}(?:いらない|いりません|不要|結構|なくて)|かけ直します|掛け直します|かけなおします",
    Language.KO: r"전화.{0,6}(?:마세요|말아|필요\s?없|안\s?해|괜찮)|제가\s?다시",
}


def asks_for_call_back(text: str, language: Language) -> bool:
    """Whether the caller wants us to call them: not that they will call again themselves, nor that they decline."""
    folded = fold(text, language)
    spoken = folded if language.spaces_words else squeeze(folded)
    if re.search(_DECLINES[language], spoken):
        return False
    return re.search(_ASKS[language], spoken) is not None

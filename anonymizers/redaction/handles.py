"""Names that people go by in social networks."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

_NETWORK = (
    r"(?:instagram|insta|ig|facebook|fb|messenger|tiktok|tik\s?tok|snapchat|snap|twitter|telegram|"
    r"signal|discord|wechat|viber|kik|onlyfans|grindr|tinder|skype|youtube)"
)
_CALLED = (
    r"(?:user\s?name|user|handle|screen\s?name|profile|account|usuari[oa]|perfil|cuenta|apodo|"
    r"nick(?:name)?)"
)
_BETWEEN = r"(?:[\s:]|\b(?:is|as|es|como|de|named|called|under|bajo|en|on|the|el|la|su|her|his)\b)*"

HANDLES = patterns(
    "HANDLE",
    r"(?<![\w@])@\s?[\w.\-]{2,40}",
    rf"\b{_NETWORK}\b{_BETWEEN}(?:{_CALLED}\b{_BETWEEN})?(?P<value>@?\w*[\d_.]+\w+)",
    rf"\b{_CALLED}\b{_BETWEEN}(?P<value>@?\w*[\d_.]+\w+)",
    rf"\b{_NETWORK}\b{_BETWEEN}(?:{_CALLED}\b{_BETWEEN})(?P<value>[\w.\-]{{3,40}})",
    r"(?<!\w)[a-z]+(?:[_.][a-z]*\d+|_[a-z0-9]+)+(?!\w)",
    r"(?<!\w)(?=[a-z]{3,}\d{2,}(?!\w))[a-z]{3,20}\d{2,6}",
)

"""The parts of addresses in disguise: "dot", "at" and "slash" in words, brackets or gaps."""

import re
from collections.abc import Iterator

from compliance.engine.exact import build_matcher, stands_apart
from compliance.engine.hosts import is_no_name, says_words
from compliance.engine.languages import likely_languages
from compliance.engine.text import Rewrite, View, fold_text

PROVIDERS = (
    "gmail|googlemail|hotmail|yahoo|outlook|icloud|protonmail|proton|aol|qq|163|126|naver|daum|mail|yandex"
    "|gmx"
)
# Words for the dot that often mean something else: a country's ending after them must be announced.
_ORDINARY_DOT_WORDS = "punto|ponto|point|period|punt|pont|punct|decimal|full stop"
_OWN_DOT_WORDS = (
    "dot|d0t|doot|dott|punkt|点|點|точка|тчк|titik|cham|nokta|noktasi|نقطه|ดอท|จุด|डॉट|닷|점|ドット|tuldok|kropka|prik"
    "|tecka|piste|τελεια|крапка|נקודה|d\\.o\\.t|d o t|dot sign|the dot|a dot"
)
_AT_WORDS_RAW = (
    "at|arroba|arobase|arrobas|chiocciola|klammeraffe|собака|собачка|艾特|圈a|a圈|アット|アットマーク|골뱅이|엣|앳|"
    "a con|a cong|at sign|the at thing|et isareti|kuyruklu a|ات|آت|एट|แอท|at the|malpa|apenstaartje|4t"
    "|at symbol"
    "|snabel a|zavinac|kukac|at-sign|curly a|a in a circle"
)


def _folded(words: str) -> str:
    """The words as a folded text has them."""
    return "|".join(word if "\\" in word else fold_text(word) for word in words.split("|"))


_DOT_WORDS = f"{_folded(_OWN_DOT_WORDS)}|{_ORDINARY_DOT_WORDS}"
_AT_WORDS = _folded(_AT_WORDS_RAW)
_OPEN, _CLOSE = r"[\[({<⟨「【_*|/\"'#~:^]", r"[\])}>⟩」】_*|/\"'#~:^]"
_SURE = "com|net|org|example|invalid"
_THEN = r"(?:\s*$|\s*[).,!?;]|/\w|\s(?:and|or|for|please|to|today|thanks|ok|has|now)(?![^\W_]))"
_ENDS_HOST = rf"(?=(?:{_SURE}){_THEN})"
_ENDS_HOST_APART = rf"(?=(?:com|org){_THEN})"
# Endings that only a host has, with which a dot may be two or three dots, a colon, a semicolon or quoted.
_BROAD = "com|net|org|io|biz|info|shop|store|site|online|xyz|ru|cn|br|mx|fr|uk|jp|kr|vn|th|tr|eu"
# A dot in words between brackets or spaces, a bare East Asian dot, or a dot standing free.
_DOT = re.compile(
    rf"\s*{_OPEN}\s*(?:\.|{_DOT_WORDS}|d)\s*{_CLOSE}\s*"
    rf"|(?<=[^\W_])\s+(?:{_folded(_OWN_DOT_WORDS)}|punto|ponto|point)\s+(?=[^\W_])"
    rf"|(?<=[^\W_])\s+(?:{_ORDINARY_DOT_WORDS})\s+(?=(?:com|net|org|io|ru|cn|co|uk|fr|br|jp)(?![^\W_]))"
    rf"|(?<=[a-z0-9])\s*(?:[点點。｡．•·∙۔⸱]|{fold_text('точка')}|점|닷|{fold_text('ドット')})\s*(?=[a-z0-9])"
    r"|(?<=[^\W_])\s+\.\s*(?=[^\W_])|(?<=[a-z0-9]),(?=(?:com|net|org|example|invalid|test|shop|store)(?![^\W_]))"
    r"|(?<=[a-z0-9]{4})\s?\.\s{1,2}(?=(?:com|net|org|example|invalid)(?:\s*$|\s*[/),.!;?]|\s(?:and|or|for|please|to)\s))"
    r"|(?<=[a-z0-9]{4})\s?\.\s{1,2}(?=(?:com|net|org|example|test|invalid)\s(?:and|or|for|please|has|thanks|to)(?![^\W_]))"
    # Before an ending that is no word: another sign for the dot, or "dot" between hyphens or glued to both.
    rf"|(?<=[a-z0-9]{{2}})(?:[*_…~|^=:]|\s?[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?\s?){_ENDS_HOST}"
    rf"|(?<=[a-z0-9]{{2}})\s[*_…~|^=:/\-,]\s{_ENDS_HOST_APART}"
    rf"|(?<=[a-z0-9]{{2}})[-_]dot[-_](?=[a-z])|(?<=[a-z0-9]{{2}})(?:dot|punto|ponto|punkt){_ENDS_HOST}"
    r"|(?<=[a-z0-9]{2})(?:dot|punto|ponto|punkt)(?=co(?:\.|dot|punto|ponto)[a-z]{2}(?![a-z]))"
    # Hyphens around it, after two to four letters; several dots, a semicolon, quotation marks.
    rf"|(?<=[a-z0-9]{{3}})(?:[-_~]\s?\.\s?[-_~]|…|\.{{2,4}}|;|,\.|\.,|\"\.\"|'\.')"
    r"(?=(?:com|net|org|shop|io|ru|cn|co\W{1,2}uk)(?![^\W_]))"
    rf"|(?<=[a-z0-9]{{3}})\s?[(\[]\.[)\]]\s?[(\[](?=(?:{_BROAD}|co\.uk|com\.[a-z]{{2}}|de)[)\]])"
)
# In every match of it: one of these words, apart from letters of its script; a sign before a letter or
# figure, or before an ending; or a dot in brackets or behind a space.
_WORDS_FOR_DOT = _DOT_WORDS.replace("\\", "").split("|")
_DOT_PARTS = build_matcher(_WORDS_FOR_DOT)
_SIGN_FOR_DOT = re.compile(
    r"[。｡．•·∙۔⸱]\s*[a-z0-9]"
    r"|[^a-z0-9\s]\ufe0f?\s{0,2}(?:com|net|org|example|invalid|test|shop|store|io|ru|cn|co\W{1,2}uk)"
)
_BARE_DOT = re.compile(rf"\s\.|{_OPEN}\s*[.d]\s*{_CLOSE}")
# "lampshop dotcom", "lampshop (dot com)"; "www lampshop co uk".
_DOTCOM = re.compile(r"(?<=[a-z0-9])\s*[(\[]?\s*(?:dot|d0t)[\s-]?(com|net|org)(?![^\W_])(?:\s*[)\]])?")
_WWW = re.compile(r"(?<![^\W_])www[\s.]+([a-z0-9-]{2,60})\s+(?:(com?)\s+)?([a-z]{2,6})(?![^\W_])")
# The ending itself pulled apart or in figures: "lampshop dot c o m", ".c0m", ".co m", ".n3t".
_ODD_ENDING = re.compile(
    rf"(?<=[a-z0-9])\s*(?:\.|{_OPEN}\s*(?:\.|dot)\s*{_CLOSE}|\s(?:dot|d0t|punto|ponto|punkt)\s)\s*"
    r"(?:(c[ .\-]?[o0][ .\-]m|c[ .\-][o0][ .\-]?m|c0m)|(n[ .\-]e[ .\-]t|n3t)"
    r"|([o0][ .\-]r[ .\-]g|0rg)|(c[o0]\.u k)"
    r"|(sh0p)|(st0re)|(1o))(?![^\W_])"
)
_WORD_FOR_DOT = re.compile(r"d[o0]t|p[ou]n[tk]")
_ODD_ENDINGS = ("com", "net", "org", "co.uk", "shop", "store", "io")
_BRACKETED = re.compile(
    r"\[([a-z0-9-]{3,40})\]\s?\[(com|net|org|shop|store|io|de|co)\](?:\s?\[([a-z]{2})\])?"
)
# "go to lampshop com", "lampshop io in your browser": announced, the ending may stand behind a space alone.
_CUE = (
    r"(?:visit|see|go to|goto|type|look up|check out|browse|open|google|site:?|site is|website|web:"
    r"|url:?|link:?|at|on)"
)
_GAP_ENDING = re.compile(
    rf"(?:(?<![^\W_]){_CUE}\s|^\s*)[a-z0-9-]{{4,40}}(\s)(?:com|org|io|co uk|com br|cn)"
    r"(?=\s*(?:$|[).,!?/])|\s(?:and|or|for|please|to|today|thanks|ok|has|now|in your|if"
    r"|next|slash|there|cheaper)(?![^\W_]))"
)
# In every match of it.
_GAP_BEFORE = re.compile(r"\s(?:co|org|io|cn)")
_BARE_ENDING = re.compile(
    r"(?<=[a-z0-9]{4})\s+(?:com)(?=\s*(?:$|[).!?]|/\s?\w|/\w)|\s(?:for|and|today|please|thanks|has|is|next|if|slash|now)(?![^\W_])"
    r"|\s/\s\w)"
)
_WITHOUT_COM = frozenset({"en", "pt"})
_AT = re.compile(
    rf"\s*{_OPEN}\s*(?:@|{_AT_WORDS})\s*{_CLOSE}\s*"
    rf"|(?<=[^\W_])\s+({_AT_WORDS})\s+(?=[^\W_])|(?<=[a-z0-9]{{2}})[-_]at[-_](?=[a-z])"
    rf"|(?<=[a-z0-9])(?:艾特|圈a|골뱅이|{fold_text('アット')})(?=[a-z0-9])|\s+@\s*|@\s+"
)
# In every match of it, or "@": one of these words, apart from letters of its script.
_WORDS_FOR_AT = _AT_WORDS.split("|")
_AT_PARTS = build_matcher(_WORDS_FOR_AT)
# Words that mean nothing else but the at sign, between two others.
OWN_AT = re.compile(
    r"[^\W_]\W{1,4}(?:arroba|arobase|chiocciola|klammeraffe|собака|собачка|艾特|골뱅이|snabel-?a|zavinac|kukac|malpa"
    r"|apenstaartje|miukumauku)\W{1,4}[^\W_]"
)
# Words before "at" that nobody has for a name: "order at", "it is at".
_NO_NAMES = frozenset(
    [
        "is",
        "are",
        "was",
        "be",
        "it",
        "them",
        "us",
        "me",
        "we",
        "you",
        "they",
        "everything",
        "all",
        "more",
        "also",
        "available",
        "here",
        "there",
        "now",
        "today",
        "only",
        "up",
        "out",
        "look",
        "looking",
        "order",
        "ordered",
        "orders",
        "shop",
        "shopping",
        "buy",
        "bought",
        "find",
        "found",
        "sell",
        "sold",
        "selling",
        "live",
        "online",
        "stuff",
        "store",
        "shops",
        "stores",
        "website",
        "site",
        "page",
        "home",
        "available",
        "listed",
        "catalogue",
        "catalog",
        "range",
        "arrive",
        "pay",
        "visit",
        "check",
        "see",
        "view",
        "order",
        "cheaper",
        "cheapest",
        "same",
        "new",
        "lower",
        "better",
        "less",
        "half",
        "price",
        "prices",
        "priced",
        "discount",
        "back",
        "directly",
        "direct",
        "offer",
        "offers",
    ]
)
_AT_PROVIDER = re.compile(rf"(?:{PROVIDERS}|g\s?mail|gee\s?mail)(?![^\W_])")
_WORD_BEFORE = re.compile(r"[^\W_]+$")
_SLASH = re.compile(r"\s+(?:slash|barra|斜杠|/)\s+(?=\w)|\s?/slash/\s?")
_JOINERS = re.compile(r"(?<=[^\W_])\s*\+\s*(?=[^\W_.])|(?<=[^\W_])\s*\+\s*(?=\.)|(?<=\.)\s*\+\s*")
FREE_DOT = re.compile(
    r"(?:\b|^)(bit|t|wa|s|linktr|is|cutt|goo|m|ig|line|lin|fb|youtu|discord|vk)\s*\.\s*(ly|me|id|ee|gd|gl|be|gg)\b"
)
# In every match of it.
FREE_ENDING = re.compile(r"\.\s*(?:ly|me|id|ee|gd|gl|be|gg)\b")
# The same without a dot, before a path: "wa me / 1212...", "linktr ee slash lamps".
_NO_DOT = re.compile(
    r"(?<![^\W_])(bit|t|wa|linktr|cutt|m|lin|discord)\s+(ly|me|ee|gg)(?=\s*(?:/|slash)\s*\w)"
)
_PARTED_PROVIDER = re.compile(
    r"(?<![^\W_])(?:(g[\s.\-]{0,2}m[\s.\-]?a[\s.\-]?i[\s.\-]?l|gee\s?mail|g\s?mail)|(hot\smail)|(out\slook)|(i\scloud)"
    r"|(proton\smail))(?=\s?(?:\.|dot|[(\[]|punto|com\b))"
)
_PROVIDER_NAMES = ("gmail", "hotmail", "outlook", "icloud", "protonmail")
BROKEN_ENDING = re.compile(
    r"[.,;](?:(?<=[a-z0-9].)|(?<=[a-z0-9]\s.))\s{0,2}"
    r"(?:com|net|org|example|invalid|test|shop|store|io|cn|ru)(?![^\W_])|\.(?<=[a-z0-9].)\s?[cno0]"
)


def dotted(text: str) -> View:
    """The text with "dot", "at" and "slash" in words, brackets or gaps written as signs; leads back into
    ``text``."""
    places = sorted(_places(text), key=lambda place: (place[0], -place[1]))
    if not places:
        return View("dotted", text, range(len(text)), range(1, len(text) + 1))
    rewrite = Rewrite(text)
    at = 0
    for start, end, sign in places:
        if start >= at:
            rewrite.replace(start, end, sign)
            at = end
    return rewrite.view("dotted")


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, sign) of every disguised part; they may overlap. A pattern is only tried where the text
    holds what each of its matches does."""
    dot, slash = "." in text, "/" in text or "slash" in text
    for pattern, sign in (
        *([(_DOT, ".")] if _may_hold_dot(text) else []),
        *([(_SLASH, "/")] if slash or "barra" in text or "斜杠" in text else []),
        *([(_JOINERS, "")] if "+" in text else []),
    ):
        for match in pattern.finditer(text):
            if pattern is not _DOT or not says_words(text, match.start(), match.end()):
                yield match.start(), match.end(), sign
    for match in _AT.finditer(text) if "@" in text or stands_apart(text, _AT_PARTS) else ():
        if match[1] != "at" or not _is_place(text, match):
            yield match.start(), match.end(), "@"
    for pattern in (*([FREE_DOT] if FREE_ENDING.search(text) else []), *([_NO_DOT] if slash else [])):
        for match in pattern.finditer(text):
            yield match.start(), match.end(), f"{match[1]}.{match[2]}"
    for match in _DOTCOM.finditer(text) if "dot" in text or "d0t" in text else ():
        if not is_no_name(text, match.start()):
            yield match.start(), match.end(), f".{match[1]}"
    for pattern in (*([_WWW] if "www" in text else []), *([_BRACKETED] if "[" in text else [])):
        for match in pattern.finditer(text):
            parts = list(filter(None, match.groups()))
            yield match.start(), match.end(), ".".join(["www", *parts] if pattern is _WWW else parts)
    for match in _ODD_ENDING.finditer(text) if dot or _WORD_FOR_DOT.search(text) else ():
        yield match.start(), match.end(), f".{_ODD_ENDINGS[(match.lastindex or 1) - 1]}"
    for match in _PARTED_PROVIDER.finditer(text):
        yield match.start(), match.end(), _PROVIDER_NAMES[(match.lastindex or 1) - 1]
    for match in _GAP_ENDING.finditer(text) if _GAP_BEFORE.search(text) else ():
        yield match.start(1), match.end(1), "."
        second = match.end(1) + 2
        if text.startswith(("co uk", "com br"), match.end(1)):
            second += text[second:].index(" ")
            yield second, second + 1, "."
    if (
        "com" in text
        and _BARE_ENDING.search(text)
        and likely_languages(text.replace(" com", " ")) & _WITHOUT_COM == {"en"}
    ):
        for match in _BARE_ENDING.finditer(text):
            yield match.start(), match.end(), ".com"


def _may_hold_dot(text: str) -> bool:
    """Whether there is anything that each match of ``_DOT`` holds."""
    return (
        _BARE_DOT.search(text) is not None
        or _SIGN_FOR_DOT.search(text) is not None
        or stands_apart(text, _DOT_PARTS)
    )


def _is_place(text: str, match: re.Match[str]) -> bool:
    """Whether "at" tells a place ("order at lampshop dot com") and is no sign of a mail address."""
    word = _WORD_BEFORE.search(text, max(0, match.start() - 20), match.start())
    return word is not None and word.group() in _NO_NAMES and not _AT_PROVIDER.match(text, match.end())


# What belongs to an address without being needed to find it.
_SCHEME_BEFORE = re.compile(
    r"(?:https?|hxxps?)[\s\[\]():]{0,6}(?:colon)?[\s/]{0,4}(?:slash slash)?[\s/]{0,3}$"
    r"|(?:w[ .\-]{0,2}w[ .\-]{0,2}w|triple w)[ .\[\]()\-]{0,4}(?:dot)?[ .\[\]()\-]{0,3}$"
)
_PATH_AFTER = re.compile(r"(?:\s?(?:/|slash|barra)\s?[\w%&=?.+\-]{1,60}){1,4}")
_REACH = 48
# A user's name and what stands for the @ before a mail provider: "anna.lamp 🐌 gmail.com".
_USER_BEFORE = re.compile(
    r"(?<![^\W_])((?:[a-z0-9][ \-_.]){3,24}[a-z0-9]|[^\W_](?:[\w.+\-]{0,38}[\w])?)"
    r"(\s?[^\w\s]{1,3}\s?|\s?[(\[{<*_][^)\]}>*_]{1,12}[)\]}>*_]\s?|\s[^\W\d_]{1,13}(?:\s[^\W\d_]{1,6})?\s|\s)$"
)
_LIKE_A_NAME = re.compile(r"[\d._+\-]")
_ENDING_AFTER = re.compile(
    r"\s?(?:\.{1,3}|…|[。,·]|\s?[(\[{]?\s?(?:dot|\.|punto|punkt|ponto)\s?[)\]}]?|\s)\s?"
    r"(?:com|c[ .\-]?o[ .\-]?m|c0m|de|ru|net|me|fr|co\.uk)(?![^\W_])"
)


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A link's place with its scheme, "www" and path, however these are written."""
    for _ in range(2):
        if before := _SCHEME_BEFORE.search(text, max(0, start - _REACH), start):
            start = before.start()
    if after := _PATH_AFTER.match(text, end):
        end = after.end()
    return start, end


def with_user(text: str, start: int) -> int:
    """Where the mail address begins whose provider begins at ``start``; ``start`` if no user is there."""
    found = _USER_BEFORE.search(text, max(0, start - _REACH), start)
    if found is None:
        return start
    name, between = found.groups()
    is_word_between = between.strip().isalpha()
    if _LIKE_A_NAME.search(name) or (between.strip() and not is_word_between):
        return found.start()
    return start


_NAME_BEFORE = re.compile(
    r"(?<![^\W_])(?:[a-z0-9]{1,24}(?:[._+\-]|\s(?:dot|punto|ponto|punkt|point|underscore|under score|dash"
    r"|hyphen|minus|guion bajo|guion|unterstrich|bindestrich|tiret bas|tiret|sublinhado|podkreslnik|alt cizgi"
    r"|точка|нижнее подчеркивание)\s)){1,4}$"
    r"|(?<=[:：]\s)[a-z]{2,16}\s$"  # "mail me: jane doe at …"
)


def with_whole_name(text: str, start: int) -> int:
    """Where a user's name begins whose last part begins at ``start``: "jane underscore doe at …"."""
    found = _NAME_BEFORE.search(text, max(0, start - _REACH), start)
    return found.start() if found else start


def with_ending(text: str, end: int) -> int:
    """Where the mail address ends whose provider ends at ``end`` and whose last part is disguised."""
    after = _ENDING_AFTER.match(text, end)
    return after.end() if after else end

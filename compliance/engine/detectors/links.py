"""Finds e-mail addresses and links, also with "at" and "dot" in words, with gaps, commas or broken
schemes."""

import re
from collections.abc import Iterator
from functools import lru_cache

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.findings import Finding
from compliance.engine.languages import likely_languages
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER
from compliance.engine.text import DATA, Rewrite, View
from compliance.engine.traits import DOT, ENDING, PAIR

_LABEL = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_HOST = re.compile(
    rf"(?<![\w@.-])((?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}})(?![^\W]|@|\.\w)(:\d{{2,5}})?([/?]\S{{0,400}})?"
)
_EMAIL = re.compile(rf"[\w.+-]{{1,64}}@(?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}}")
_SCHEME = re.compile(r"\bh(?:tt|xx|\*\*)ps?\s{0,3}:\s{0,3}/\s{0,3}/\s{0,3}[^\s/]")
_PROVIDERS = "gmail|hotmail|yahoo|outlook|icloud|protonmail|proton|aol|qq|163|126|naver|daum|mail|yandex|gmx"
_AT_PROVIDER = re.compile(rf"[\w.+-]{{2,64}}@(?:{_PROVIDERS})(?![\w-])")
_DOT_WORDS = (
    "dot|d0t|doot|punto|ponto|point|punkt|点|點|точка|тчк|titik|cham|nokta|نقطه|ดอท|จุด|डॉट|닷|점|ドット|ドツト"
    + "|tuldok|noktasi|period|full stop"
)
_AT_WORDS = (
    "at|arroba|arobase|arrobas|chiocciola|klammeraffe|собака|собачка|艾特|圈a|a圈|アット|アットマーク|골뱅이|엣|앳|"
    "a con|a cong|at sign|the at thing|et isareti|kuyruklu a|ات|آت|एट|แอท|at the"
)
_THEN = r"(?:\s*$|\s*[).,!?;]|/\w|\s(?:and|or|for|please|to|today|thanks|ok|has|now)(?![^\W_]))"
_ENDS_HOST = rf"(?=(?:com|org|net|example|invalid){_THEN})"
_ENDS_HOST_APART = rf"(?=(?:com|org){_THEN})"
# A dot in words between brackets or spaces, a bare East Asian dot, or a dot standing free.
_DOT = re.compile(
    rf"\s*[\[({{<⟨「【_*|]\s*(?:\.|{_DOT_WORDS})\s*[\])}}>⟩」】_*|]\s*"
    rf"|(?<=[^\W_])\s+(?:{_DOT_WORDS})\s+(?=[^\W_])"
    r"|(?<=[a-z0-9])\s*(?:[点點。｡．•·∙]|(?:точка)|점|닷|ドット)\s*(?=[a-z0-9])"
    r"|(?<=[^\W_])\s+\.\s*(?=[^\W_])|(?<=[a-z0-9]),(?=(?:com|net|org|example|invalid|test|shop|store)(?![^\W_]))"
    r"|(?<=[a-z0-9]{4})\s?\.\s{1,2}(?=(?:com|net|org|example|invalid)(?:\s*$|\s*[/),.!;?]|\s(?:and|or|for|please|to)\s))"
    r"|(?<=[a-z0-9]{4})\s?\.\s{1,2}(?=(?:com|net|org|example|test|invalid)\s(?:and|or|for|please|has|thanks|to)(?![^\W_]))"
    # Before an ending that is no word: another sign for the dot, or "dot" between hyphens or glued to both.
    rf"|(?<=[a-z0-9]{{2}})(?:[*_…~|^=:]|\s?[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?\s?){_ENDS_HOST}"
    rf"|(?<=[a-z0-9]{{2}})\s[*_…~|^=:/\-,]\s{_ENDS_HOST_APART}"
    rf"|(?<=[a-z0-9]{{2}})[-_]dot[-_](?=[a-z])|(?<=[a-z0-9]{{2}})(?:dot|punto|ponto|punkt){_ENDS_HOST}"
    r"|(?<=[a-z0-9]{2})(?:dot|punto|ponto|punkt)(?=co(?:\.|dot|punto|ponto)[a-z]{2}(?![a-z]))"
)
# "lampshop dotcom", "lampshop (dot com)"; "www lampshop co uk"; "anna (gmail)", "anna gmail com"; backwards.
_DOTCOM = re.compile(r"(?<=[a-z0-9])\s*[(\[]?\s*(?:dot|d0t)[\s-]?(com|net|org)(?![^\W_])\s*[)\]]?")
_WWW = re.compile(r"(?<![^\W_])www[\s.]+([a-z0-9-]{2,60})\s+(?:(com?)\s+)?([a-z]{2,6})(?![^\W_])")
_BARE_PROVIDER = re.compile(
    r"(?<![^\W_])[\w.+-]{3,64}\s*(?:\(\s*(?:gmail|hotmail|outlook|icloud|yahoo)\s*\)"
    r"|\s(?:gmail|hotmail|outlook|icloud|yahoo)\s?\.?\s?com(?![^\W_]))"
)
_BACKWARDS = re.compile(r"(?<![\w.])(?:moc|ten|gro|pohs|erots)\.[a-z0-9-]{3,60}(?![\w.])")
_PROVIDER_WORD = re.compile(r"(?<![^\W_])(?:gmail|hotmail|outlook|icloud|yahoo|protonmail)(?![^\W_])")
_WITHOUT_COM = frozenset({"en", "pt"})
# "lampshop com" at the end of a clause: not in Portuguese, where "com" is "with".
_BARE_ENDING = re.compile(
    r"(?<=[a-z0-9]{4})\s+(?:com)(?=\s*(?:$|[).!?]|/\w)|\s(?:for|and|today|please|thanks)(?![^\W_]))"
)
_AT = re.compile(
    rf"\s*[\[({{<⟨「【_*|]\s*(?:@|{_AT_WORDS})\s*[\])}}>⟩」】_*|]\s*"
    rf"|(?<=[^\W_])\s+(?:{_AT_WORDS})\s+(?=[^\W_])|(?<=[a-z0-9]{{2}})[-_]at[-_](?=[a-z])|(?<=[a-z0-9])(?:艾特|圈a|골뱅이|アット)(?=[a-z0-9])|\s+@\s*|@\s+"
)
_SLASH = re.compile(r"\s+(?:slash|barra|斜杠|slash|/)\s+(?=\w)")
_JOINERS = re.compile(r"(?<=[^\W_])\s*\+\s*(?=[^\W_.])|(?<=[^\W_])\s*\+\s*(?=\.)|(?<=\.)\s*\+\s*")
_INNER_DOT = re.compile(r"\.(?<=[^\W_]\.)[^\W_]")
_SHORTENERS = frozenset(
    {
        *(
            "bit.ly",
            "t.me",
            "wa.me",
            "s.id",
            "linktr.ee",
            "is.gd",
            "cutt.ly",
            "goo.gl",
            "t.co",
            "v.gd",
            "rb.gy",
        ),
        *("tinyurl.com", "m.me", "ig.me", "line.me", "lin.ee", "vk.me", "fb.me", "youtu.be", "discord.gg"),
    }
)
_FREE_DOT = re.compile(
    r"(?:\b|^)(bit|t|wa|s|linktr|is|cutt|goo|m|ig|line|lin|fb|youtu|discord|vk)\s*\.\s*(ly|me|id|ee|gd|gl|be|gg)\b"
)
_SURE_ENDINGS = frozenset(
    {
        *(
            "com",
            "net",
            "org",
            "example",
            "test",
            "invalid",
            "io",
            "biz",
            "info",
            "shop",
            "store",
            "site",
            "online",
        ),
        *(
            "app",
            "xyz",
            "co",
            "me",
            "ru",
            "cn",
            "br",
            "mx",
            "fr",
            "de",
            "uk",
            "jp",
            "kr",
            "vn",
            "th",
            "tr",
            "link",
        ),
        *(
            "page",
            "ly",
            "local",
            "onion",
            "shopping",
            "email",
            "website",
            "web",
            "ph",
            "my",
            "sg",
            "eu",
            "tv",
            "cc",
        ),
    }
)


@lru_cache(maxsize=1)
def suffixes() -> frozenset[str]:
    """Top-level names: the bundled list and those reserved for examples and tests."""
    names = (DATA / "suffixes.txt").read_text(encoding="utf-8").split()
    return frozenset(names) | {"example", "test", "invalid", "local", "onion"}


@lru_cache(maxsize=1)
def word_endings() -> frozenset[str]:
    """Endings that are ordinary words too often to count without further signs ("thanks.me")."""
    return frozenset((DATA / "word_endings.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def allowed_hosts() -> frozenset[str]:
    """Hosts that a seller may name: carriers' tracking pages."""
    return frozenset((DATA / "allowed_hosts.txt").read_text(encoding="utf-8").split())


_LINK = re.compile(rf"(?:https?://)?{_HOST.pattern}", re.IGNORECASE)


def without_allowed(text: str, context: Context) -> str:
    """The text with links to the platform's own and carriers' hosts named: a model would only see a link."""
    if not _INNER_DOT.search(text):
        return text
    return _LINK.sub(
        lambda m: "the order page" if _is_allowed(m.group(1).lower(), context) else m.group(), text
    )


def _is_allowed(host: str, context: Context) -> bool:
    """Whether the host or a domain above it is the platform's or a carrier's."""
    labels = host.split(".")
    above = {".".join(labels[start:]) for start in range(len(labels))}
    return not above.isdisjoint(context.platform_hosts) or not above.isdisjoint(allowed_hosts())


class LinkDetector:
    """E-mail addresses and web addresses that are not the platform's own."""

    name = "links"
    version = 2

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER:
            return
        if not reading.traits.flags & (DOT | PAIR | ENDING) and not reading.has("dot_sign"):
            return
        text = reading.folded.text
        taken: list[tuple[int, int]] = []
        if _INNER_DOT.search(text) or "@" in text or "//" in text:
            yield from self._read(reading, View("folded", text), context, taken)
        if (
            reading.has("dot_sign")
            or "@" in text
            or " ." in text
            or reading.traits.flags & ENDING
            or (_FREE_ENDING.search(text) and _FREE_DOT.search(text))
            or (_COMMA_ENDING.search(text) and _BROKEN_ENDING.search(text))
        ) and _may_hide_host(text):
            yield from self._read(reading, dotted(text), context, taken)
        if reading.despaced is not None:
            yield from self._read(reading, reading.despaced, context, taken)
            if reading.has("dot_sign") or "." in reading.despaced.text:
                again = dotted(reading.despaced.text)
                yield from self._read(reading, _composed(reading.despaced, again), context, taken)
        if reading.traits.flags & ENDING and _may_hide_host(text):
            yield from self._odd(reading, text, taken)
        if reading.lookalike is not None:
            yield from self._read(reading, View("lookalike", reading.lookalike.text), context, taken)

    def _odd(self, reading: Reading, text: str, taken: list[tuple[int, int]]) -> Iterator[Finding]:
        """What no rewriting of dots brings to light: a provider without its dot, a host backwards."""
        for pattern, rule in ((_BARE_PROVIDER, "email_address"), (_BACKWARDS, "web_address")):
            for match in pattern.finditer(text):
                start, end = match.span()
                if not any(first < end and start < last for first, last in taken):
                    taken.append((start, end))
                    yield make_finding(
                        self,
                        reading,
                        policy="contact_redirect",
                        rule=rule,
                        confidence=0.9,
                        start=start,
                        end=end,
                        view="dotted",
                        explanation="An e-mail address."
                        if rule == "email_address"
                        else "A link outside the platform.",
                    )

    def _read(
        self, reading: Reading, view: View, context: Context, taken: list[tuple[int, int]]
    ) -> Iterator[Finding]:
        text = view.text
        disguised = view.name not in ("folded",)
        for span, rule, confidence in _places(text, context, disguised):
            start, end = view.span(*span)
            if any(first < end and start < last for first, last in taken):
                continue
            taken.append((start, end))
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule=rule,
                confidence=confidence,
                start=start,
                end=end,
                view=view.name,
                explanation="An e-mail address."
                if rule == "email_address"
                else "A link outside the platform.",
            )


_BROKEN_ENDING = re.compile(
    r"[a-z0-9]\s?[.,]\s{0,2}(?:com|net|org|example|invalid|test|shop|store)(?![^\W_])"
)


# How matches of ``_FREE_DOT`` and ``_BROKEN_ENDING`` end: starts at a sign, so ordinary words are skipped
# fast.
_FREE_ENDING = re.compile(r"\.\s*(?:ly|me|id|ee|gd|gl|be|gg)\b")
_COMMA_ENDING = re.compile(r"[.,]\s{0,2}(?:com|net|org|example|invalid|test|shop|store)(?![^\W_])")
# What ``dotted`` can make a host or an address of: a dot that doesn't end a sentence, a dot in words between
# brackets, spaces or Latin letters, a bare ending, and signs that are rare enough to count alone.
_LINKING_DOT = re.compile(
    r"\.(?:[^\W_]|(?<=[\s\[({<⟨「【_*|]\.)"
    r"|\s*(?:com|net|org|example|invalid|test|ly|me|id|ee|gd|gl|be|gg)(?![^\W_]))"
)
_DOT_SIGNS = (*_DOT_WORDS.split("|"), *"。｡．•·∙")
_LINKING_WORD = re.compile(
    rf"(?<=[\s\[({{<⟨「【_*|a-z0-9-])(?:{'|'.join(_DOT_SIGNS)})(?=[\s\])}}>⟩」】_*|a-z0-9-])"
)
_BARE_HOSTS = ("com", "org", "net", "example", "invalid")
_LINKING_HOST = re.compile(rf"(?:{'|'.join(_BARE_HOSTS)})(?:{_THEN}|\s*/\w)")
_LINKING_SIGNS = (
    *("+", "www", "htt", "hxx", "h**"),
    *(f",{ending}" for ending in ("com", "net", "org", "example", "invalid", "test", "shop", "store")),
    *_PROVIDERS.split("|"),
)


@lru_cache(maxsize=1)
def _linking() -> tuple[Matcher, int, int]:
    """A matcher of all these, and the first number of a dot in words and of a bare ending."""
    rare, dots = list(_LINKING_SIGNS), list(dict.fromkeys(_DOT_SIGNS))
    return build_matcher([*rare, *dots, *_BARE_HOSTS]), len(rare), len(rare) + len(dots)


def _may_hide_host(text: str) -> bool:
    """Whether there may be a host or an address once ``dotted`` has rewritten the text."""
    if _LINKING_DOT.search(text):
        return True
    matcher, first_dot, first_ending = _linking()
    found = [number for number, _, _ in matcher.find(text)]
    if not found:
        return False
    return (
        min(found) < first_dot
        or (max(found) >= first_ending and bool(_LINKING_HOST.search(text)))
        or bool(_LINKING_WORD.search(text))
    )


def dotted(text: str) -> View:
    """The text with "dot", "at" and "slash" in words, brackets or gaps written as signs; leads back into
    ``text``."""
    rewrite = Rewrite(text)
    places = [(m.start(), m.end(), ".") for m in _DOT.finditer(text)]
    places += [(m.start(), m.end(), "@") for m in _AT.finditer(text)]
    places += [(m.start(), m.end(), "/") for m in _SLASH.finditer(text)]
    places += [(m.start(), m.end(), "") for m in _JOINERS.finditer(text)]
    places += [(m.start(), m.end(), f"{m[1]}.{m[2]}") for m in _FREE_DOT.finditer(text)]
    places += [(m.start(), m.end(), f".{m[1]}") for m in _DOTCOM.finditer(text)]
    places += [
        (m.start(), m.end(), ".".join(["www", *filter(None, m.groups())])) for m in _WWW.finditer(text)
    ]
    if _BARE_ENDING.search(text) and likely_languages(text.replace(" com", " ")) & _WITHOUT_COM == {"en"}:
        places += [(m.start(), m.end(), ".com") for m in _BARE_ENDING.finditer(text)]
    at = 0
    for start, end, sign in sorted(places):
        if start >= at:
            rewrite.replace(start, end, sign)
            at = end
    return rewrite.view("dotted")


def _composed(outer: View, inner: View) -> View:
    """A view of a view, leading back into what the outer one came from."""
    if outer.starts is None or outer.ends is None or inner.starts is None or inner.ends is None:
        return inner
    size = len(outer.starts)
    starts = [outer.starts[min(place, size - 1)] for place in inner.starts] if size else []
    ends = [outer.ends[max(0, place - 1)] for place in inner.ends] if size else []
    return View(inner.name, inner.text, starts, ends)


def _places(text: str, context: Context, disguised: bool) -> Iterator[tuple[tuple[int, int], str, float]]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            host = match.group().rsplit("@", 1)[1]
            ending = host.rsplit(".", 1)[-1]
            sure = ending in _SURE_ENDINGS if disguised else ending in suffixes()
            if sure and not _is_allowed(host, context):
                yield match.span(), "email_address", 0.93 if disguised else 0.97
        for match in _AT_PROVIDER.finditer(text):
            yield match.span(), "email_address", 0.9
    if _INNER_DOT.search(text):
        for match in _HOST.finditer(text):
            host, path = match.group(1), match.group(3)
            if not _is_allowed(host, context) and _is_host(text, match, host, path, disguised):
                yield match.span(), "web_address", 0.93 if disguised else 0.95
    if ":" not in text:
        return
    for match in _SCHEME.finditer(text):
        rest = text[match.end() - 1 : match.end() + 200].split(maxsplit=1)[0]
        if not _is_allowed(re.split(r"[/?:#]", rest, maxsplit=1)[0], context):
            yield (match.start(), match.end() - 1 + len(rest)), "web_address", 0.95


def _is_host(text: str, match: re.Match[str], host: str, path: str | None, disguised: bool) -> bool:
    ending = host.rsplit(".", 1)[-1]
    if ending not in suffixes() or len(host) < 4:
        return False
    has_path = bool(path and len(path) > 1)
    if (
        host.startswith("www.")
        or text[max(0, match.start() - 3) : match.start()] == "://"
        or host in _SHORTENERS
    ):
        return True
    if disguised:
        return ending in _SURE_ENDINGS and (ending not in word_endings() or has_path or host.count(".") > 1)
    if host.replace(".", "").isdigit() or host.count(".") != host.replace("..", ".").count("."):
        return False
    return ending not in word_endings() or has_path

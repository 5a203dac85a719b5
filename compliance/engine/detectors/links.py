"""Finds e-mail addresses and links, also with "at" and "dot" in words, with gaps, commas or broken
schemes."""

import re
from collections.abc import Iterator
from functools import lru_cache

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.dots import (
    BROKEN_ENDING,
    FREE_DOT,
    FREE_ENDING,
    OWN_AT,
    PROVIDERS,
    dotted,
    widened,
    with_ending,
    with_user,
    with_whole_name,
)
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.hosts import (
    ending_weight,
    host_places,
    is_compound,
    is_ordinary,
    said_places,
    suffixes,
)
from compliance.engine.places import Places
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER
from compliance.engine.text import DATA, View
from compliance.engine.traits import DOT, ENDING, HOST, PAIR

_MAIL = gettext_noop("An e-mail address.")
_LINKED = gettext_noop("A link that leads off the platform.")
_LABEL = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_HOST = re.compile(
    rf"(?<![\w@.-])((?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}})(?![^\W]|@|\.\w)(:\d{{2,5}})?([/?]\S{{0,400}})?"
)
_EMAIL = re.compile(rf"[\w.+-]{{1,64}}@(?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}}")
_SCHEME = re.compile(r"\bh(?:tt|xx|\*\*)ps?\s{0,3}:\s{0,3}/\s{0,3}/\s{0,3}[^\s/]")
_AT_PROVIDER = re.compile(rf"[\w.+-]{{2,64}}@(?:{PROVIDERS})(?![\w-])")
_NAMED = "gmail|hotmail|outlook|icloud|yahoo|protonmail"
_BARE_PROVIDER = re.compile(
    rf"(?<![^\W_])[\w.+-]{{3,64}}\s*(?:\(\s*(?:{_NAMED})\s*\)|\s(?:{_NAMED})\s?\.?\s?com(?![^\W_]))"
    # "anna.lamps on gmail", "write to annalamps on gmail", "my gmail is annalamps"
    rf"|(?<![^\W_])(?=[\w.+-]*[\d._+-])[a-z][\w.+-]{{2,63}}\s(?:on|at|bei|en|sur|em|su)\s(?:{_NAMED})(?![^\W_])"
    rf"|(?:(?<=write to\s)|(?<=mail to\s)|(?<=mail me\s))[\w.+-]{{4,64}}\s(?:on|at)\s(?:{_NAMED})(?![^\W_])"
    rf"|(?:(?<=my\s)|(?<=our\s))(?:{_NAMED})(?:\s(?:is|name|id|user)|:|\s=){{1,2}}\s[\w.+-]{{4,64}}(?=\s*(?:$|[,.!?;)]))"
)
_BACKWARDS = re.compile(r"(?<![\w.])(?:moc|ten|gro|pohs|erots)\.[a-z0-9-]{3,60}(?![\w.])")
# An address by numbers, announced, with a port or a path.
_IP = re.compile(
    r"(?<![\w.])(?:(?:https?://|(?:visit|see|go to|goto|open|browser|type|server|link|look up"
    r"|on|at|site|is at|url):?\s))?"
    r"(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(:\d{2,5})?(/\S{0,200})?(?![\w.]\w)"
)
_VERSIONED = re.compile(r"(?:version|firmware|ver|v|fw|release|update|section|clause)\W{0,3}$")
_BRACKETS = re.compile(r"(?:wa|t|m) me ?/|\][ ]?\[[a-z]{2,5}\]|[a-z0-9][/'\"#~][ad.p][ot]?t?[/'\"#~][a-z]")
# In every match of ``BROKEN_ENDING`` and of ``_BRACKETS``.
_BEFORE_ENDING = re.compile(r"[.,;]")
_BRACKET = re.compile(r"[/\]'\"#~]")
# Endings of countries that count after a dot in words or where a host is announced.
_COUNTRIES = frozenset(
    ("de pl cz ua gr ro hr rs bg kz be nl ch dk fi ie nz za hu lt lv sk il ae ca us hk").split()  # noqa: SIM905
)
_ANNOUNCED = re.compile(
    r"(?:^|(?<![^\W_])(?:see|visit|go to|goto|on|at|is|under|look up|type|site|website|web|browser|url|link"
    r"|page|shop|find"
    r"|check out|order at|order from|google|open|via|auf|bei|unter|en|sur|chez|na|em|here))[\s:：]{0,2}$"
)
_HOST_ENDS = re.compile(
    r"\s*(?:$|[),!?;/]|\.(?:\s|$))|\s(?:has|is|for|please|thanks|and|or|if|in|today|next|cheaper|to|there)(?![^\W_])"
)
_PLAIN_DOT = re.compile(r"[.,\s]*")
_ORDINARY_DOT = re.compile(r"\s*(?:punto|ponto|point|period|punt|pont|punct|decimal|full stop)\s*")
_APART_AT = re.compile(r"[^\W_]\s+@\s?[a-z0-9]|[^\W_]@\s+[a-z0-9]")
# Letters set apart before the last one of them.
_LONE = re.compile(r"[^\W_](?![^\W_])")
_APART = re.compile(r"(?:(?<![^\W_])[^\W_][ .\-_·*]{1,2})+$")
_LONGEST_APART = 80
# What stands before "at" in "look at", "we are at": no name of a mailbox.
_BEFORE_AT = re.compile(
    r"(?:are|is|was|be|it|its|us|me|them|him|her|you|we|they|look|looking|here|there|now|also|live|up|out|more|all|buy"
    r"|find|see|check|available|everything|cheaper|details|prices|photos|pictures|and|or)@"
)
_INNER_DOT = re.compile(r"\.(?<=[^\W_]\.)[^\W_]")
# In every match of ``_HOST``, ``_IP`` and ``_BARE_PROVIDER``.
_DOT_AND_LETTERS = re.compile(r"\.[^\W\d_]{2}")
_DOTS_AMONG_FIGURES = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d")
_HAS_PROVIDER = re.compile("mail|outlook|icloud|yahoo")
_SHORTENERS = frozenset(
    (  # noqa: SIM905
        "bit.ly cutt.ly discord.gg fb.me goo.gl ig.me is.gd lin.ee line.me linktr.ee m.me rb.gy s.id "
        "t.co t.me tinyurl.com v.gd vk.me wa.me youtu.be"
    ).split()
)
_SURE_ENDINGS = frozenset(
    (  # noqa: SIM905
        "app biz br cc cn co com de email eu example fr info invalid io jp kr link local ly me mx my "
        "net onion online org page ph ru sg shop shopping site store test th tr tv uk vn web website "
        "xyz"
    ).split()
)


# What programs are written in or called, which lead nowhere.
_SOFTWARE = frozenset({"asp.net", "paint.net", "vb.net", "ado.net", "ml.net", "dot.net", "node.js"})
# Endings that begin sentences, too: "Info was clear".
_WORDS_TOO = frozenset("info shop store site online page link app web email website test mobile can".split())  # noqa: SIM905
_LONGEST_SMALL = 3
_UNUSUAL = 1.0  # the weight of an ending that hardly any host has
_LARGEST_OCTET = 255
# First parts of addresses that lead nowhere outside the house: "the router is at 192.168.1.1".
_OWN_NETWORKS = frozenset({0, 10, 127, 192, 255})
_LONG_IP = 10
_SHORTEST_ANNOUNCED = 4
# "de" after "punto" is a word in "hasta este punto de la noche".
_WORD_AFTER = re.compile(r"\s(?:la|los|las|el|lo|que|mi|tu|su|um|uma|o|a|os|as)(?![^\W_])")
_PROVIDER_HOST = re.compile(rf"(?:{PROVIDERS})(?![\w-])|g\s?mail|g-m-a-i-l|gee\s?mail")
_LONE_PROVIDER = re.compile(rf"@\s?(?:{PROVIDERS})$")


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
        taken = Places()
        if reading.traits.flags & (DOT | PAIR | ENDING) or reading.has("dot_sign"):
            yield from self._plain(reading, context, taken)
        if reading.traits.flags & HOST:
            if (
                reading.lookalike is not None
            ):  # Words for the dot are read before letters are taken for others.
                yield from self._weighed(reading, View("dotted", reading.folded.text), context, taken)
            yield from self._weighed(reading, View("dotted", reading.plain), context, taken)
            if reading.despaced is not None:
                yield from self._weighed(reading, reading.despaced, context, taken)
            if reading.turned is not None:
                yield from self._weighed(reading, _from_the_end(reading.turned), context, taken)
        if reading.has("browse", "host_ending"):
            yield from self._said(reading, context, taken)

    def _said(self, reading: Reading, context: Context, taken: Places) -> Iterator[Finding]:
        """Hosts that are told in words, name and ending apart."""
        for start, end in said_places(reading.folded.text, is_searched=reading.has("browse")):
            if taken.overlaps(start, end):
                continue
            taken.add(start, end)
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule="web_address",
                confidence=0.85,
                start=start,
                end=end,
                view="dotted",
                explanation=_LINKED,
            )

    def _plain(self, reading: Reading, context: Context, taken: Places) -> Iterator[Finding]:
        """Hosts and addresses as they are usually written and disguised."""
        text = reading.folded.text
        # "anna @ host", "anna arroba host": the host alone would be half of it.
        if ("@" in text and _APART_AT.search(text)) or (reading.has("dot_sign") and OWN_AT.search(text)):
            yield from self._read(reading, dotted(text), context, taken)
        if _INNER_DOT.search(text) or "@" in text or "//" in text:
            yield from self._read(reading, View("folded", text), context, taken)
        if (
            reading.has("dot_sign")
            or (reading.folded.text.isascii() is False and any(sign in text for sign in "点點。｡．•·∙۔⸱＠"))
            or "@" in text
            or " ." in text
            or reading.traits.flags & ENDING
            or (FREE_ENDING.search(text) and FREE_DOT.search(text))
            or (_BEFORE_ENDING.search(text) and BROKEN_ENDING.search(text))
            or (_BRACKET.search(text) and _BRACKETS.search(text))
        ):
            yield from self._read(reading, dotted(text), context, taken)
        if reading.despaced is not None:
            yield from self._read(reading, reading.despaced, context, taken)
            if reading.has("dot_sign") or "." in reading.despaced.text:
                again = dotted(reading.despaced.text)
                yield from self._read(reading, _composed(reading.despaced, again), context, taken)
        if reading.traits.flags & ENDING:
            yield from self._odd(reading, text, taken)
        if reading.lookalike is not None:
            yield from self._read(reading, View("lookalike", reading.lookalike.text), context, taken)

    def _odd(self, reading: Reading, text: str, taken: Places) -> Iterator[Finding]:
        """What no rewriting of dots brings to light: a provider without its dot, a host backwards."""
        for pattern, rule in (
            *([(_BARE_PROVIDER, "email_address")] if _HAS_PROVIDER.search(text) else []),
            *([(_BACKWARDS, "web_address")] if "." in text else []),
        ):
            for match in pattern.finditer(text):
                start, end = match.span()
                if not taken.overlaps(start, end):
                    taken.add(start, end)
                    yield make_finding(
                        self,
                        reading,
                        policy="contact_redirect",
                        rule=rule,
                        confidence=0.9,
                        start=start,
                        end=end,
                        view="dotted",
                        explanation=_MAIL if rule == "email_address" else _LINKED,
                    )

    def _weighed(self, reading: Reading, view: View, context: Context, taken: Places) -> Iterator[Finding]:
        """Hosts with any sign, word or gap for a dot, where enough speaks for a host."""
        for place in host_places(
            view.text,
            is_styled=lambda start, end: not _as_written(reading, view, start, end).isascii(),
            is_capital=lambda at: _as_written(reading, view, at, at + 1).isupper(),
        ):
            if _is_allowed(place.host, context):
                continue
            start, end = sorted(view.span(place.start, place.end))
            if place.is_mail:
                start = with_whole_name(reading.folded.text, start)
            else:
                start, end = widened(reading.folded.text, start, end)
            if taken.overlaps(start, end):
                continue
            taken.add(start, end)
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule="email_address" if place.is_mail else "web_address",
                confidence=0.9,
                start=start,
                end=end,
                view="dotted",
                explanation=_MAIL if place.is_mail else _LINKED,
            )

    def _read(self, reading: Reading, view: View, context: Context, taken: Places) -> Iterator[Finding]:
        text = view.text
        disguised = view.name not in ("folded",)
        for span, rule, confidence in _places(text, context, disguised, _strong_dots(reading, view)):
            start, end = view.span(*span)
            said = _BEFORE_AT.match(text, *span) if rule == "email_address" else None
            if said and "@" not in reading.folded.text[start:end]:  # "details are at host dot com"
                rule = "web_address"
                start, _ = view.span(said.end(), span[1])
            start, end, rule = _whole_place(reading.folded.text, start, end, rule)
            start = _first_apart(reading.folded.text, start)
            if rule == "web_address" and _joins_sentences(_as_written(reading, view, *span)):
                continue
            if taken.overlaps(start, end):
                continue
            taken.add(start, end)
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule=rule,
                confidence=confidence,
                start=start,
                end=end,
                view=view.name,
                explanation=_MAIL if rule == "email_address" else _LINKED,
            )


def _first_apart(text: str, start: int) -> int:
    """Where letters set apart begin: of "l a m p . c o m" not only the last letter is the host's."""
    if not _LONE.match(text, start):
        return start
    before = _APART.search(text, max(0, start - _LONGEST_APART), start)
    return before.start() if before else start


def _joins_sentences(written: str) -> bool:
    """Whether the dot ends a sentence and the next word follows at once: "it was clear.Shop again"."""
    before, _, after = written.rpartition(".")
    if before.endswith(("www", "/")) or "/" in written or not before.isalpha() or not after.isalpha():
        return False
    name = before.lower()
    if after.istitle() and after.lower() in _WORDS_TOO:
        return len(name) <= _LONGEST_SMALL or is_ordinary(name)
    is_word = len(after) >= _LONGEST_SMALL and is_ordinary(after.lower())
    if after.istitle() and is_word and ending_weight(after.lower()) <= _UNUSUAL:
        return not is_compound(name)  # "Nie benutzt.Mit Karton"
    return after in ("onion", "xxx") and is_ordinary(name)


def _as_written(reading: Reading, view: View, start: int, end: int) -> str:
    """What its writer wrote for a piece of a view."""
    return reading.text[slice(*reading.original(*sorted(view.span(start, end))))]


def _from_the_end(turned: View) -> View:
    """An upside-down reading that leads back into the folded view."""
    size = len(turned.text)
    return View("turned", turned.text, range(size, 0, -1), range(size - 1, -1, -1))


def _composed(outer: View, inner: View) -> View:
    """A view of a view, leading back into what the outer one came from."""
    if outer.starts is None or outer.ends is None or inner.starts is None or inner.ends is None:
        return inner
    size = len(outer.starts)
    starts = [outer.starts[min(place, size - 1)] for place in inner.starts] if size else []
    ends = [outer.ends[max(0, place - 1)] for place in inner.ends] if size else []
    return View(inner.name, inner.text, starts, ends)


def _strong_dots(reading: Reading, view: View) -> frozenset[int]:
    """Where the view has a dot for a word or sign that means nothing else but a dot."""
    if view.starts is None or view.ends is None or not _INNER_DOT.search(view.text):
        return frozenset()
    text = reading.folded.text
    return frozenset(
        place
        for place, char in enumerate(view.text)
        if char == "."
        and not _PLAIN_DOT.fullmatch(text, view.starts[place], view.ends[place])
        and not _ORDINARY_DOT.fullmatch(text, view.starts[place], view.ends[place])
    )


def _whole_place(text: str, start: int, end: int, rule: str) -> tuple[int, int, str]:
    """The place with what belongs to it: scheme and path of a link, user and ending of a mail address."""
    if rule == "web_address":
        if _PROVIDER_HOST.match(text, start) and (at := with_user(text, start)) < start:
            return at, end, "email_address"
        return *widened(text, start, end), rule
    if _LONE_PROVIDER.search(text, start, end):
        end = with_ending(text, end)
    return with_whole_name(text, start), end, rule


def _places(
    text: str, context: Context, disguised: bool, strong: frozenset[int]
) -> Iterator[tuple[tuple[int, int], str, float]]:
    for match in _EMAIL.finditer(text) if "@" in text else ():
        host = match.group().rsplit("@", 1)[1]
        ending = host.rsplit(".", 1)[-1]
        sure = ending in _SURE_ENDINGS if disguised else ending in suffixes()
        if sure and not _is_allowed(host, context):
            yield match.span(), "email_address", 0.93 if disguised else 0.97
    for match in _AT_PROVIDER.finditer(text) if "@" in text else ():
        yield match.span(), "email_address", 0.9
    inner_dot = _INNER_DOT.search(text)
    for match in _HOST.finditer(text) if inner_dot and _DOT_AND_LETTERS.search(text) else ():
        host, path = match.group(1), match.group(3)
        if not _is_allowed(host, context) and _is_host(text, match, host, path, disguised, strong):
            yield match.span(), "web_address", 0.93 if disguised else 0.95
    for match in _IP.finditer(text) if inner_dot and _DOTS_AMONG_FIGURES.search(text) else ():
        numbers = [int(part) for part in match[1].split(".")]
        announced = match.start() < match.start(1) or match[2] or (match[3] and len(match[3]) > 1)
        if (
            max(numbers) > _LARGEST_OCTET
            or numbers[0] in _OWN_NETWORKS
            or not (announced or _is_alone(text, match))
        ):
            continue
        if not _VERSIONED.search(text, max(0, match.start() - 14), match.start(1)):
            yield (match.start(1), match.end()), "web_address", 0.86
    for match in _SCHEME.finditer(text) if ":" in text else ():
        rest = text[match.end() - 1 : match.end() + 200].split(maxsplit=1)[0]
        if not _is_allowed(re.split(r"[/?:#]", rest, maxsplit=1)[0], context):
            yield (match.start(), match.end() - 1 + len(rest)), "web_address", 0.95


def _is_alone(text: str, match: re.Match[str]) -> bool:
    """Whether the address by numbers is the whole message or at least as long as only addresses are."""
    return len(match[1]) >= _LONG_IP or not text[: match.start()].strip()


def _is_host(
    text: str, match: re.Match[str], host: str, path: str | None, disguised: bool, strong: frozenset[int]
) -> bool:
    ending = host.rsplit(".", 1)[-1]
    if ending not in suffixes() or len(host) < 4 or host in _SOFTWARE:
        return False
    has_path = bool(path and len(path) > 1)
    if (
        host.startswith("www.")
        or text[max(0, match.start() - 3) : match.start()] == "://"
        or host in _SHORTENERS
    ):
        return True
    if ending in _COUNTRIES and len(host.split(".")[0]) >= _SHORTEST_ANNOUNCED:
        last_dot = match.start(1) + host.rindex(".")
        if last_dot in strong and not _WORD_AFTER.match(text, match.end(1)):
            return True
        if _HOST_ENDS.match(text, match.end()) and _ANNOUNCED.search(
            text, max(0, match.start() - 20), match.start()
        ):
            return True
    if disguised:
        return ending in _SURE_ENDINGS and (ending not in word_endings() or has_path or host.count(".") > 1)
    if host.replace(".", "").isdigit() or host.count(".") != host.replace("..", ".").count("."):
        return False
    return ending not in word_endings() or has_path

"""Hosts, links and wallets that are written in pieces: glued, joined, spread, labelled, without their signs.

Each function gives (start, end, plain) for what it finds in a text; ``ciphers.py`` puts the plain writing in
its place and the detectors read that. Nothing is changed but what comes out as a host, an address or figures.
"""

import re
from collections.abc import Callable, Collection, Iterator

from compliance.engine import keyed
from compliance.engine.hosts import ending_weight, is_compound, is_ordinary, name_weight
from compliance.engine.keyed import is_host

Piece = tuple[int, int, str]
Step = Callable[[str], Iterator[Piece]]

_SURE_ENDING, _USUAL_ENDING = 2.0, 1.5
_NAMELIKE = 2.0
# ---- "wwwlampshopde" ----

_WWW = re.compile(
    r"(?<![^\W_])(?:w{3}([a-z0-9]{5,40})(?![^\W_]|\.\w)"
    r"|(?:w{3}|w3|вэвэвэ|ввв)[\s.\-_,]{1,3}(?:точка |dot |punto |punkt )?"
    r"([a-z0-9-]{4,40}?)\s?[\s.\-_,]\s?([a-z]{2,8})(?![\w]|\.\w))",
    re.IGNORECASE,
)
_LONGEST_ENDING = 7


def glued_www(text: str) -> Iterator[Piece]:
    """A host without any dot, where "www" stands before it."""
    for match in _WWW.finditer(text):
        if match[3]:
            if ending_weight(match[3].lower()):
                yield match.start(), match.end(), f"www.{match[2]}.{match[3]}"
            continue
        name = match[1].lower()
        if set(name) <= {"w", "o", "h"}:
            continue
        best = max(
            (
                (ending_weight(name[cut:]) + is_compound(name[:cut]), cut)
                for cut in range(max(3, len(name) - _LONGEST_ENDING), len(name) - 1)
            ),
            default=(0.0, 0),
        )
        cut = best[1] if best[0] >= 1.0 else 0
        host = f"www.{name[:cut]}.{name[cut:]}" if cut else f"www.{name}.com"
        yield match.start(), match.end(), host


# ---- addresses by numbers ----

_DOT = r"(?:\s{0,2}[.·•]\s{0,2}|\s?[\[(]\s?(?:\.|dot)\s?[\])]\s?|\s(?:dot|punto|ponto|punkt|point|точка)\s)"
_SPACED_IP = re.compile(
    rf"(?<![\w.])(\d{{1,3}})({_DOT})(\d{{1,3}})\2(\d{{1,3}})\2(\d{{1,3}})(?![\w])", re.IGNORECASE
)
_COMMA_IP = re.compile(
    r"(?:(?<![^\W_])ip|browser|server|https?:?/{0,2})[\s:]{1,3}(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})(?![\w,])",
    re.IGNORECASE,
)
_IP6 = re.compile(
    r"(?<![\w:])\[?((?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})\]?(?![\w:])",
    re.IGNORECASE,
)
_LARGEST_OCTET = 255


def numbered_hosts(text: str) -> Iterator[Piece]:
    """Addresses by four numbers with other signs for the dots."""
    for pattern in (_SPACED_IP, _COMMA_IP):
        for match in pattern.finditer(text):
            groups = [group for group in match.groups() if group and group.strip().isdigit()]
            values = [int(group) for group in groups]
            if max(values) <= _LARGEST_OCTET and values[0] > 0 and (values[0] > 99 or pattern is _COMMA_IP):
                yield match.start(1), match.end(), f"http://{'.'.join(map(str, values))}/"


def long_numbered_hosts(text: str) -> Iterator[Piece]:
    """Addresses of the sixth version of the protocol: nothing else is written with two colons so."""
    for match in _IP6.finditer(text):
        if len(match[1]) > 6 and any(char.isdigit() for char in match[1]):
            yield match.start(), match.end(), f"http://v6.{match[1].replace(':', '-').strip('-')}.example/"


# ---- pieces to put together ----

_CONCAT = re.compile(r"[\"']\s?[+.]\s?chr\(46\)\s?[+.]\s?[\"']|[\"']\s?\+\s?[\"']")
_JOINED = re.compile(
    r"\[\s?[\"']([\w-]{2,40})[\"']\s?,\s?[\"']([\w-]{2,13})[\"']\s?\]\s?\.\s?join\([\"']\.[\"']\)"
)
_PLUSSED = re.compile(
    r"(?<![\w+])([a-z0-9]{2,20}(?:\s?[+➕&]\s?[a-z0-9]{2,20}){0,3})\s?[+➕&]\s?(?:\.|dot\s?[+➕&]?)?\s?([a-z]{2,8})(?!\s?[+➕\w])",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"([\"*'`_|])([a-z0-9-]{5,40})\1[\s,.+]{1,3}\1\.?([a-z]{2,8})\1", re.IGNORECASE)
_SPREAD = re.compile(
    r"(?<![\w.@-])([a-z0-9-]{5,40})(?:\s{3,6}|\s?(?:>>|»|→|⇒|➡|➜|=>|->)\s?|\s_\s)\.?([a-z]{2,8})(?![\w.])(?!\s?[:=])",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"(?<![\w])(?=[^\s]{0,60}[(\[][a-z.][)\]])(?:[a-z0-9.-]{0,12}[(\[][a-z0-9.]{1,4}[)\]]){2,20}[a-z0-9.-]{0,12}(?![\w])",
    re.IGNORECASE,
)


def joined_pieces(text: str) -> Iterator[Piece]:
    """``'lamp' + '.' + 'com'``, ``["lamp", "com"].join(".")``, "cozy + bike + ru"."""
    for match in _CONCAT.finditer(text):
        yield match.start(), match.end(), "." if "46" in match.group() else ""
    for match in _JOINED.finditer(text):
        yield match.start(), match.end(), f"{match[1]}.{match[2]}"
    for match in _PLUSSED.finditer(text):
        name = re.sub(r"[\W_]", "", match[1])
        ending = match[2].lower()
        is_sure = ending_weight(ending) >= _USUAL_ENDING
        if (
            is_sure
            and len(name) > 4
            and not name.isdigit()
            and (ending not in ("net", "pro", "co") or is_compound(name))
        ):
            yield match.start(), match.end(), f"{name}.{ending}"


def quoted_pairs(text: str) -> Iterator[Piece]:
    """``"tinybike" "it"``, ``*lamp* *com*``: the name and the ending between the same signs."""
    for match in _QUOTED.finditer(text):
        name, ending = match[2].lower(), match[3].lower()
        if ending_weight(ending) and name_weight(name) >= _NAMELIKE and not is_ordinary(name):
            yield match.start(), match.end(), f"www.{name}.{ending}"


def spread_hosts(text: str) -> Iterator[Piece]:
    """ "LAMPSHOP   COM", "lampshop >> com": a wide gap or an arrow before the ending."""
    for match in _SPREAD.finditer(text):
        name, ending = match[1].lower(), match[2].lower()
        is_alike = match[1].isupper() == match[2].isupper()
        if is_alike and ending_weight(ending) >= _USUAL_ENDING and name_weight(name) >= _NAMELIKE:
            yield match.start(), match.end(), f"www.{name}.{ending}"


def bracketed_letters(text: str) -> Iterator[Piece]:
    """ "a[m]ber[k]nit[s](.)(o)nl[i](n)e": single letters in brackets within a host."""
    for match in _BRACKETED.finditer(text):
        plain = re.sub(r"[(\[\])]", "", match.group())
        if is_host(plain.lower(), least=0.5):
            yield match.start(), match.end(), plain


_LABELLED = re.compile(
    r"(?:[:=]|(?<=\|)|(?:shop|site|name|word|part|parola|palabra|wort|slovo|слово|mot)\s(?:1 |one |is )?)"
    r"\s?[\"'*]?"
    r"([a-z0-9-]{4,40})[\"'*]?\s?[,;.|\n/]{1,3}\s?(?:then |and |the |dann |e |y |und |и |потом ){0,2}"
    r"(?:end|ending|tld|ext|extension|domain|ende|endung|fin|final|fim|fine|terminacion|part 2|part two"
    r"|part b|second|zweiter teil|parte 2|конец|окончание|зона|вторая часть|koniec|son|uzanti|akhir|einde"
    r"|slut|结尾|后缀|末尾|終わり|끝|النهاية)"
    r"\s?(?:[:=]|is|ist|es)\s?[\"'*]?\.?([a-z]{2,8})(?![\w])",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"\|\s?(?:end|ending|tld|domain|ext)\s?\|(?:\s|[|:\-]){3,40}\|\s?([a-z0-9-]{4,40})\s?\|\s?\.?([a-z]{2,8})\s?\|",
    re.IGNORECASE,
)


def labelled_parts(text: str) -> Iterator[Piece]:
    """ "shop=lamps; tld=com", a table of a name and an ending."""
    for pattern in (_LABELLED, _TABLE):
        for match in pattern.finditer(text):
            if ending_weight(match[2].lower()) and name_weight(match[1].lower()) >= 1:
                yield match.start(1), match.end(), f"www.{match[1]}.{match[2]}"


_LONE = r"[a-z0-9](?![^\W_])"
_PARTED = re.compile(
    rf"(?<![^\W_])(?:{_LONE}[\s,;/|.\-]{{1,3}}){{2,30}}"
    rf"(?:(?P<said>dot|punto|ponto|punkt|point|at|arroba|underscore|dash|\.)[\s,;/|\-]{{1,3}}(?:{_LONE}[\s,;/|.\-]{{0,3}}){{2,30}}){{1,3}}",
    re.IGNORECASE,
)
_SAID = {
    "dot": ".",
    "punto": ".",
    "ponto": ".",
    "punkt": ".",
    "point": ".",
    "at": "@",
    "arroba": "@",
    "dash": "-",
} | {"underscore": "_"}
_PARTED_PART = re.compile(r"[a-z0-9]+|(?<=[\s,;/|\-])\.(?=[\s,;/|\-])", re.IGNORECASE)


def parted_letters(text: str) -> Iterator[Piece]:
    """ "d - r - i - f - t - dot - c - a", "l, a, m, p, underscore, a": one by one, signs in words."""
    for match in _PARTED.finditer(text):
        plain = "".join(_SAID.get(part.lower(), part) for part in _PARTED_PART.findall(match.group()))
        if sum(map(str.isalpha, plain)) > 5 and re.search(r"[a-z0-9][._@][a-z]{2}", plain, re.IGNORECASE):
            tail = len(match.group()) - len(match.group().rstrip(" ,;/|.-"))
            yield match.start(), match.end() - tail, plain


_EMOJI_INSIDE = re.compile(
    r"(?<=[a-z])[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?(?=[a-z]{1,30}\s?\.\s?[a-z]{2,8}(?![^\W_]))",
    re.IGNORECASE,
)
_COM_IN_OTHERS = re.compile(
    r"(?<=[a-z0-9]{3})[\s.\-]{0,2}"
    r"(?:ドットコム|닷컴|點康|дот ?ком|точка ?ком|دوت ?كوم|डॉट ?कॉम|ดอท ?คอม)(?![^\W_])"
    r"|(?<=[a-z0-9]{3})[\s\-]{0,2}(?:d[o0]t ?k[o0]m|d[o0]t ?c[o0]m)(?![^\W_])",
    re.IGNORECASE,
)
_NATIVE_ENDING = "рф|срб|укр|бел|қаз|한국|中国|中國|香港|台灣|السعودية|مصر|भारत|ไทย"
_NATIVE = re.compile(
    r"(?<![^\W_])(?![a-z0-9]+[\s.])[^\W_]{3,40}"
    rf"(?:\s?[。｡]\s?(?:{_NATIVE_ENDING}|com|net|org|shop|ru|xyz)"
    rf"|(?:\.|\sdot\s|\sточка\s)(?:{_NATIVE_ENDING}))(?![^\W_])",
    re.IGNORECASE,
)


def mixed_hosts(text: str) -> Iterator[Piece]:
    """Emoji in the midst of a host, ".com" in other letters, endings and names of other scripts."""
    for match in _EMOJI_INSIDE.finditer(text):
        yield match.start(), match.end(), ""
    for match in _COM_IN_OTHERS.finditer(text):
        yield match.start(), match.end(), ".com"
    for match in _NATIVE.finditer(text):
        if not match.group().isascii():
            yield match.start(), match.end(), "www.site.com"


_LEET_ENDING = re.compile(
    r"(?<=[a-z][a-z0-9]{2})\.(?=[a-z]{0,7}\d)(?=\d{0,7}[a-z])([a-z0-9]{2,8})(?![^\W_]|\.\w)", re.IGNORECASE
)
_UNLEET = str.maketrans("013457", "oieast")


def leet_endings(text: str) -> Iterator[Piece]:
    """ "lamps.5hop", "lamps.s1te": figures in an ending."""
    for match in _LEET_ENDING.finditer(text):
        plain = match[1].lower().translate(_UNLEET)
        if plain.isalpha() and ending_weight(plain) >= _SURE_ENDING:
            yield match.start(), match.end(), f".{plain}"


# ---- wallets in pieces ----

_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_GAP = "[\\s\\-\u200b-\u200d\u2060]"
# Every repetition begins with a gap, so that no text can be parted in many ways.
_WALLET = re.compile(
    rf"(?<![^\W_])(?:(?P<bech>bc1[a-z0-9]{{0,10}}(?:{_GAP}{{1,2}}[a-z0-9]{{1,10}}){{3,14}})"
    r"|(?:zero x|0 ?x|0х|oх)\s?(?P<eth>[0-9a-f]{4,40}(?:[\s\-][0-9a-f]{4,40}){0,9})"
    rf"|(?P<tron>T{_BASE58}{{2,33}}(?:{_GAP}{_BASE58}{{3,33}}){{1,7}}))(?![^\W_])"
)
_TRON_LENGTH, _ETH_LENGTH, _BECH_LENGTHS = 34, 40, (42, 62)


def parted_wallets(text: str) -> Iterator[Piece]:
    """A wallet's address with gaps in it."""
    for match in _WALLET.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        plain = re.sub(r"[\W_]", "", match[kind])
        if kind == "bech" and len(plain) >= _BECH_LENGTHS[0]:
            size = _BECH_LENGTHS[len(plain) >= _BECH_LENGTHS[1]]
            yield match.start(), match.end(), f"btc wallet {plain[:size]}"
        elif kind == "eth" and len(plain) == _ETH_LENGTH:
            yield match.start(), match.end(), f"0x{plain}"
        elif kind == "tron" and len(plain) == _TRON_LENGTH and " " in match[kind] and re.search(r"\d", plain):
            yield match.start(), match.end(), plain


# ---- links of messengers without their signs ----

_LINK = re.compile(
    r"(?<![^\W_])(?:(?P<host>(?:t|w\s?a|ig)[\s.,*·•_~-]{0,3}m\s?[e3])|(?P<tree>link\s?tr(?:ee|\.ee|\see)|lnk\s?bio|beacons)"
    r"|(?P<short>bit\s?[.,\s]\s?l\s?y|rb\s?[.,\s]\s?gy|cutt\s?[.,\s]\s?ly|is\s?[.,]\s?gd|tiny\s?url|goo\s?[.,\s]\s?gl)"
    r"|(?P<invite>d(?:iscord)?\s?\.\s?gg|\.gg)|(?P<meet>meet\s?\.\s?google\s?\.\s?com|zoom\s?\.\s?us))"
    r"\s{0,2}(?P<sep>(?:[/\\|*,:;→>-]|slash|barra|then|dann|luego|puis)?)\s{0,2}(?P<name>\+?[a-z0-9][\w.-]{3,40})(?![^\W_])",
    re.IGNORECASE,
)
_HOSTS = {"tree": "linktr.ee", "short": "bit.ly", "invite": "discord.gg", "meet": "meet.google.com"}


def messenger_links(text: str) -> Iterator[Piece]:
    """ "t me lamp_anna", "wa,me/1212…", "link tree / lamps", "bit ly then lamps"."""
    for match in _LINK.finditer(text):
        name, separator = match["name"], match["sep"]
        kind = next(kind for kind in ("host", "tree", "short", "invite", "meet") if match[kind])
        is_name = bool(re.search(r"[\d_]", name)) or (separator and name_weight(name.lower()) >= 1)
        if not is_name or (kind == "host" and not separator and not re.search(r"[\d_]", name)):
            continue
        signs = match[kind] or ""
        if kind == "host":
            host = {"t": "t.me", "w": "wa.me", "i": "ig.me"}[signs[0].lower()]
            if not re.search(r"\W", signs) and not separator:
                continue
        else:
            host = _HOSTS[kind]
        yield match.start(), match.end(), f"{host}/{name}"


# ---- which of them a text may need ----

_SIGNS_OF_HOSTS = (
    "ドットコム",
    "닷컴",
    "ком",
    "كوم",
    "कॉम",
    "คอม",
    "。",
    "｡",
    "рф",
    "한국",
    "中国",
    "укр",
    "срб",
    "भारत",
    "ไทย",
)
_MAY_BE_CODE = re.compile(r"[01]{8}[\s,.|/-]|2e|(?<!\d)46(?!\d)|30", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:1?\d|2[0-6])(?:-(?:1?\d|2[0-6])){4}|(?<!\d)(?:1?\d|2[0-6])(?: (?:1?\d|2[0-6])){5}"
)
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_FEWEST_CODED, _FEWEST_IN_IP = 6, 4
# Concepts that tell how to read something (``lexicon/cues.txt``).
TOLD = frozenset({"solve_hint", "read_hint", "turn_hint"})


def steps(
    text: str, concepts: Collection[str], *, figures: int, is_alone: bool, is_mixed: bool
) -> Iterator[Step]:
    """The functions above that may find something: a look at a few signs and at what the lexicon found.

    ``is_alone``: letters stand alone in a row; ``is_mixed``: a word has a sign or figure in it.
    """
    if "link_hint" in concepts or ("google" in text and "meet" in text):
        yield messenger_links
        yield glued_www
    elif "www" in text or "WWW" in text:
        yield glued_www
    has_dot = "dot_sign" in concepts
    is_told = not TOLD.isdisjoint(concepts)
    if figures:
        yield from _steps_of_figures(text, figures, has_dot=has_dot, is_told=is_told, is_mixed=is_mixed)
    if "::" in text:
        yield long_numbered_hosts
    if "+" in text or "➕" in text or ".join(" in text:
        yield joined_pieces
    if text.count('"') > 3 or text.count("*") > 3:
        yield quoted_pairs
    if "   " in text or ">" in text or " _ " in text or "→" in text:
        yield spread_hosts
    if text.count("(") + text.count("[") > 1:
        yield bracketed_letters
    if "host_ending" in concepts or "|--" in text:
        yield labelled_parts
    if is_alone and (has_dot or is_told):
        yield parted_letters
    if not text.isascii():
        yield from _foreign_steps(text)
    elif "d0t" in text or "dotk" in text or "dot k" in text:
        yield mixed_hosts
    if is_told:
        yield keyed.by_a_key
        yield keyed.taken_out
        yield keyed.put_in


def _steps_of_figures(
    text: str, figures: int, *, has_dot: bool, is_told: bool, is_mixed: bool
) -> Iterator[Step]:
    if is_mixed and "." in text:
        yield leet_endings
    if figures >= _FEWEST_IN_IP:
        if has_dot or " . " in text or "·" in text or _COMMA_IP.search(text):
            yield numbered_hosts
        if "bc1" in text or "ero x" in text or "0x" in text or "0х" in text or "T" in text:
            yield parted_wallets
        if (has_dot or is_told) and _NUMBERED.search(text):
            yield keyed.placed_letters
    if figures >= _FEWEST_CODED and _MAY_BE_CODE.search(text):
        yield keyed.lettered_codes


def _foreign_steps(text: str) -> Iterator[Step]:
    if "ю" in text or "Ю" in text:
        yield keyed.typed_in_russian
    if "точка" in text or "тчк" in text or "крапка" in text or "Точка" in text:
        yield keyed.heard_in_russian
    if any(sign in text for sign in keyed.SIGNS_OF_DOTS):
        yield keyed.letters_by_name
    if any(sign in text for sign in _SIGNS_OF_HOSTS) or (_EMOJI.search(text) and _EMOJI_INSIDE.search(text)):
        yield mixed_hosts

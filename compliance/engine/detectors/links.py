"""Finds e-mail addresses and links, also with "at" and "dot" in words and with gaps."""

import re
from collections.abc import Iterator
from functools import lru_cache

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER
from compliance.engine.text import DATA

_LABEL = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_HOST = re.compile(
    rf"(?<![\w@.-])((?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}})(?![\w@-])(:\d{{2,5}})?(/\S{{0,400}})?"
)
_EMAIL = re.compile(rf"[\w.+-]{{1,64}}@(?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}}")
_SCHEME = re.compile(r"\bh(?:tt|xx)ps?\s*:\s*/\s*/\s*\S+")
# Endings that are ordinary words too often to count without further signs.
_WORD_ENDINGS_TEXT = """
    ai al am an as at be best blue buy by call can care case cash chat city cool day de deal do es et
    fit food free fun game gift good guide he help here home host house how id il im in is it kid kids
    la life like live love ma man may me meet men mo moe mov music my na name new news ng no now ok one
    open page pay pe pet phone photo play plus pm post pro red rent rest review room run safe sale save
    se search sex shop show si site so solar st store style team th tips tn to today too top town toys
    un us vip watch wiki win work works world you zip zone
"""
_WORD_ENDINGS = frozenset(_WORD_ENDINGS_TEXT.split())


@lru_cache(maxsize=1)
def suffixes() -> frozenset[str]:
    """Top-level names: the bundled list and those reserved for examples and tests."""
    names = (DATA / "suffixes.txt").read_text(encoding="utf-8").split()
    return frozenset(names) | {"example", "test", "invalid", "local", "onion"}


def _is_platform(host: str, context: Context) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in context.platform_hosts)


class LinkDetector:
    """E-mail addresses and web addresses that are not the platform's own."""

    name = "links"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        text = reading.folded.text
        if context.sender not in SELLER or ("." not in text and "@" not in text and "://" not in text):
            return
        taken: list[tuple[int, int]] = []
        for match in _EMAIL.finditer(text):
            host = match.group().rsplit("@", 1)[1]
            if host.rsplit(".", 1)[-1] in suffixes() and not _is_platform(host, context):
                taken.append(match.span())
                yield self._finding(reading, "email_address", 0.97, match.span(), "An e-mail address.")
        for match in _HOST.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            host, path = match.group(1), match.group(3)
            if _is_platform(host, context) or not _is_host(text, match, host, path):
                continue
            yield self._finding(reading, "web_address", 0.95, match.span(), "A link outside the platform.")

    def _finding(
        self, reading: Reading, rule: str, confidence: float, span: tuple[int, int], explanation: str
    ) -> Finding:
        return make_finding(
            self,
            reading,
            policy="contact_redirect",
            rule=rule,
            confidence=confidence,
            start=span[0],
            end=span[1],
            explanation=explanation,
        )


def _is_host(text: str, match: re.Match[str], host: str, path: str | None) -> bool:
    ending = host.rsplit(".", 1)[-1]
    if ending not in suffixes():
        return False
    if (
        host.startswith("www.")
        or text[max(0, match.start() - 3) : match.start()] == "://"
        or (path and len(path) > 1)
    ):
        return True
    return ending not in _WORD_ENDINGS

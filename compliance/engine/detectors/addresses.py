"""Finds a shop's street address offered for a visit."""

import re
from collections.abc import Iterator

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER

_NUMBER = re.compile(
    r"(?<![\d$€£¥.,%])\d{1,5}[a-z]?(?![\d%.,]\d|\s?(?:cm|mm|kg|ml|inch|in\b|pcs|days|%|hours|\$|€))"
)
_REACH = 28
_VISIT_REACH = 110


class AddressDetector:
    """A street with a number beside an invitation to come."""

    name = "addresses"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER or not reading.has("street") or not reading.has("visit"):
            return
        text = reading.folded.text
        numbers = [(m.start(), m.end()) for m in _NUMBER.finditer(text)][:50]
        if not numbers:
            return
        for street in reading.hits["street"]:
            near = [n for n in numbers if max(n[0] - street.end, street.start - n[1]) <= _REACH]
            near = [n for n in near if "\n" not in text[min(n[0], street.start) : max(n[1], street.end)]]
            visits = [v for v in reading.hits["visit"] if abs(v.start - street.start) <= _VISIT_REACH]
            visits = [v for v in visits if not (v.start < street.end and street.start < v.end)]
            if near and visits:
                start = min([street.start, *(n[0] for n in near)])
                end = max([street.end, *(n[1] for n in near)])
                yield make_finding(
                    self,
                    reading,
                    policy="contact_redirect",
                    rule="visit_address",
                    confidence=0.85,
                    start=start,
                    end=end,
                    explanation=gettext_noop("An address to come to."),
                )
                return

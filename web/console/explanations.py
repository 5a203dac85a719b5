"""Each finding in a reviewer's words: where, in which reading, by which rule and version, how sure, and who
agrees."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compliance import taxonomy
from compliance.models import Case, Finding
from compliance.services.screening import in_words

MODEL = "model"
_MODELS_WORD = re.compile(r"\s*\(the model [^)]*\)")
_VIEWS = {
    "original": gettext_lazy("in the text as it stands"),
    "folded": gettext_lazy("with upper case, accents and unusual letter forms made plain"),
    "lookalike": gettext_lazy("with look-alike letters of other alphabets read as Latin ones"),
    "despaced": gettext_lazy("with letters that were pulled apart joined again"),
    "squashed": gettext_lazy("with figures and signs read as the letters they stand for"),
    "turned": gettext_lazy("with turned letters put upright"),
    "digits": gettext_lazy("with numbers in words read as figures"),
    "dotted": gettext_lazy("with “dot” and “at” in words read as signs"),
    "decoded": gettext_lazy("with coded characters read as what they stand for"),
    "misspelled": gettext_lazy("with misspelt names of services set right"),
    "veiled": gettext_lazy("with a disguised word read as it is meant"),
    "window": gettext_lazy("together with the sender’s messages before it"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """One finding, explained. Empty words say that there is nothing to tell."""

    finding: Finding
    title: str  # of the policy
    clause: str  # only where it isn't the case's own
    words: str
    place: str
    sureness: str
    models: str
    outside: str


def reasons(case: Case) -> list[Why]:
    """The case's findings under the newest ruleset that made each, the surest first."""
    newest: dict[tuple[str, str, int, int], Finding] = {}
    for finding in case.findings.order_by("found_at", "pk"):
        newest[finding.detector, finding.rule, finding.start, finding.end] = finding
    rows = sorted(newest.values(), key=lambda row: (-row.confidence, row.start, row.pk))
    return [_why(finding, case) for finding in rows]


def plain_explanation(finding: Finding) -> str:
    """The rule's own words in the reader's language; older ones without what the models thought."""
    return in_words(_MODELS_WORD.sub("", finding.explanation))


def facts_from(findings: Sequence[Finding]) -> str:
    """A first draft of the facts from the surest rule; the reviewer edits it. What a model thinks is no
    fact."""
    for finding in findings:
        if finding.explanation and finding.detector != MODEL:
            words = plain_explanation(finding).rstrip(".")
            return f"{words[:1].upper()}{words[1:]}: “{finding.matched.strip()}”."
    return ""


def _why(finding: Finding, case: Case) -> Why:
    policy = taxonomy.get_policy(finding.policy_code)
    return Why(
        finding=finding,
        title=_(policy.title),
        clause=_(policy.clause) if finding.policy_code != case.policy_code else "",
        words=plain_explanation(finding),
        place=_place(finding),
        sureness=_("%(percent)d %% sure") % {"percent": round(finding.confidence * 100)},
        models=_models(finding),
        outside=_outside(finding),
    )


def _place(finding: Finding) -> str:
    view = _VIEWS.get(finding.view, finding.view)
    return _("characters %(start)d to %(end)d, %(view)s") % {
        "start": finding.start + 1,
        "end": finding.end,
        "view": view,
    }


def _models(finding: Finding) -> str:
    if finding.model_share is None:
        return ""
    percent = {"percent": round(finding.model_share * 100)}
    if finding.detector == MODEL:
        return _("No rule points the same way (models: %(percent)d %%).") % percent
    if finding.model_agrees:
        return _("The models agree (%(percent)d %%).") % percent
    return _("The models disagree (%(percent)d %%).") % percent


def _outside(finding: Finding) -> str:
    if not finding.opinion:
        return ""
    words = {
        "who": finding.opinion_by or pgettext("second opinion", "Outside"),
        "percent": round((finding.opinion_score or 0) * 100),
    }
    if finding.opinion == Finding.Opinion.AGREES:
        return _("Second opinion (%(who)s): agrees, %(percent)d %%.") % words
    return _("Second opinion (%(who)s): disagrees, %(percent)d %%.") % words

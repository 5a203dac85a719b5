"""What a decision hides of the content it is about."""

from compliance.engine.fusion import MASKED_DETECTORS
from compliance.models import Case, PolicyVersion
from compliance.selectors.cases import joined_spans
from compliance.services import held_texts

Spans = list[list[int]]
SAVED_REPLY = "saved_reply"  # No customer reads it before somebody sends it, and then it is a message.


def hide_of(case: Case, version: PolicyVersion) -> tuple[str, Spans]:
    """("" | "mask" | "withhold", spans to mask) for an upheld case.

    Whole messages go where the rule withholds by default or may withhold by itself; contact data is masked;
    otherwise the words stay. Imported history is never changed. A shop's or product's own text is taken down
    whatever the rule, as long as customers still read it: it would go on breaking it.
    """
    if case.is_imported or case.subject_kind == SAVED_REPLY:
        return "", []
    if case.subject_kind in held_texts.FIELDS:
        return ("withhold" if held_texts.is_shown(case) else ""), []
    if case.evidence["must_withhold"] or version.action == "withhold" or version.withhold_at is not None:
        return "withhold", []
    spans = contact_spans(case)
    if not spans and version.action == "mask":
        spans = joined_spans([[row["start"], row["end"]] for row in case.evidence["findings"]])
    return ("mask", spans) if spans else ("", [])


def contact_spans(case: Case) -> Spans:
    """Contact data in the text: what was known when the case was opened, and what later scans found."""
    later = case.findings.filter(detector__in=MASKED_DETECTORS).values_list("start", "end")
    return joined_spans([*case.evidence["mask_spans"], *([start, end] for start, end in later)])


def was_hidden_before(case: Case) -> bool:
    """Whether an automatic check may have hidden something before anybody decided."""
    hidden = bool(case.evidence["must_withhold"] or contact_spans(case))
    return hidden and not case.is_imported

"""Taking a shop's or a product's own words from customers by decision, and giving them back when it falls.

The words are moved out of the row that every page, card and search reads, so nothing shows them by mistake;
they lie in ``HeldText`` until the decision is reversed. What a shop or product is called stays, with the
marked words covered. The shop may write a new text at any time; the sweep scans it like every other.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from compliance.models import Case, Decision, Finding, HeldText, TextScan
from compliance.selectors.cases import joined_spans
from compliance.services.standing_texts import PRODUCT, SHOP, StandingText, product_text, shop_text
from shops.models import Product, Shop

# In the order in which the text for the scan joins them.
FIELDS = {SHOP: ("name", "description"), PRODUCT: ("title", "description", "warranty")}
NAMES = frozenset({"name", "title"})
COVER = "…"

Spans = list[list[int]]


def is_shown(case: Case) -> bool:
    """Whether customers read the words of this case now: the same ones, or newer ones that break its rule."""
    row = _row(case)
    if row is None:
        return False
    text = _text_of(row)
    if text.text == case.evidence["text"]:
        return True
    return any(policy == case.policy_code for policy, _ in _marked(case, text))


@transaction.atomic
def hold(*, case: Case, decision: Decision) -> None:
    """Take the words out. The caller has locked the case and knows that they are shown."""
    row = _row(case, lock=True)
    if row is None:
        return
    fields: dict[str, dict[str, str]] = {}
    for name, spans in _fields_to_hold(case, row, _policy_of(decision)).items():
        was = getattr(row, name)
        instead = _covered(was, spans) if name in NAMES else ""
        fields[name] = {"was": was, "is": instead}
        setattr(row, name, instead)
    row.save(update_fields=list(fields))
    HeldText.objects.create(
        decision=decision, subject_kind=case.subject_kind, subject_id=case.subject_id, fields=fields
    )


@transaction.atomic
def release(*, decision: Decision) -> None:
    """The decision fell: its words come back where nobody has written others, and no other decision holds."""
    held = HeldText.objects.select_for_update().filter(decision=decision, released_at=None).first()
    if held is None or decision.case is None:
        return
    row = _row(decision.case, lock=True)
    others = HeldText.objects.filter(
        subject_kind=held.subject_kind, subject_id=held.subject_id, released_at=None
    ).exclude(pk=held.pk)
    still_held = {name for other in others for name in other.fields}
    if row is not None:
        back = [
            name
            for name, words in held.fields.items()
            if name not in still_held and getattr(row, name) == words["is"]
        ]
        for name in back:
            setattr(row, name, held.fields[name]["was"])
        row.save(update_fields=back)
    held.released_at = timezone.now()
    held.save(update_fields=["released_at"])


def _row(case: Case, *, lock: bool = False) -> Shop | Product | None:
    if case.subject_kind == SHOP:
        shops = Shop.objects.select_for_update(no_key=True) if lock else Shop.objects.all()
        return shops.filter(pk=case.subject_id).first()
    if case.subject_kind == PRODUCT:
        products = Product.objects.select_related("shop")
        if lock:
            products = products.select_for_update(of=("self",), no_key=True)
        return products.filter(pk=case.subject_id).first()
    return None


def _text_of(row: Shop | Product) -> StandingText:
    return shop_text(row) if isinstance(row, Shop) else product_text(row)


def _policy_of(decision: Decision) -> str:
    return decision.policy_version.policy.code if decision.policy_version else ""


def _fields_to_hold(case: Case, row: Shop | Product, policy: str) -> Mapping[str, Spans]:
    """The fields in which this rule was found broken, or else any, with the places; else all but the name."""
    values = {name: getattr(row, name) for name in FIELDS[case.subject_kind]}
    marked = _marked(case, _text_of(row))
    spans = [span for code, span in marked if code == policy] or [span for _, span in marked]
    if touched := _by_field(values, joined_spans(spans)):
        return touched
    return {name: [] for name, value in values.items() if value and name not in NAMES}


def _marked(case: Case, text: StandingText) -> list[tuple[str, list[int]]]:
    """(policy, place) of what was found in the text as it stands; findings in other words are left out."""
    rows: list[tuple[str, int, int, str]] = []
    expected = 0
    if text.text == case.evidence["text"]:
        frozen = case.evidence["findings"]
        rows += [(row["policy"], row["start"], row["end"], row["matched"]) for row in frozen]
        rows += [(row.policy_code, row.start, row.end, row.matched) for row in case.findings.all()]
    else:
        about = {"subject_kind": text.kind, "subject_id": text.id}
        scan = TextScan.objects.filter(**about, digest=text.digest, findings__gt=0).first()
        if scan is not None:
            expected = scan.findings
            found = Finding.objects.filter(**about, ruleset=scan.ruleset)
            rows += [(row.policy_code, row.start, row.end, row.matched) for row in found]
    now = [row for row in rows if text.text[row[1] : row[2]] == row[3]]
    if len(now) < expected:  # A finding is kept once per place and ruleset: an older one stands for the new.
        now = rows
    return [(policy, [start, end]) for policy, start, end, _ in now]


def _by_field(values: Mapping[str, str], spans: Spans) -> dict[str, Spans]:
    """Spans of the joined text by the field that they touch, counted from that field's beginning."""
    whole = "\n".join(values.values())
    position = len(whole.lstrip()) - len(whole)  # The scanned text has no blanks in front.
    touched: dict[str, Spans] = {}
    for name, value in values.items():
        inside = [
            [max(0, start - position), min(len(value), end - position)]
            for start, end in spans
            if start < position + len(value) and end > position
        ]
        if inside:
            touched[name] = inside
        position += len(value) + 1
    return touched


def _covered(text: str, spans: Spans) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + COVER + text[end:]
    return text

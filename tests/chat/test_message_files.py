"""Files of messages: judged like words, held from the other side until then, and given back on appeal."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.access import Side, Viewer
from chat.models import Change, Message, Rescan, RescanChange
from chat.serializers import message_json
from chat.services import file_checks, messages, rescans, scanning
from compliance.models import Case, Finding, KnownFile
from compliance.services import attachments, known_files
from compliance.services.attachments import Examination
from compliance.services.decisions import Verdict, decide, undo
from compliance.services.review_queue import claim
from compliance.services.screening import Screening
from files.models import FileCheck, Upload
from files.services import reading, run_check, scan_upload, store_upload
from files.services.checks import MAX_ATTEMPTS
from tests.factories import ConversationFactory
from tests.files.conftest import pdf, picture
from tests.files.pictures import as_bytes, code_picture, patterned_picture

LINK = "https://wa.me/12125550147"


@pytest.fixture(autouse=True)
def uploads_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.CLAMAV_ADDRESS = ""


@pytest.fixture
def all_readers(monkeypatch):
    """As if the optional readers were installed and had found nothing, so that only real findings count."""
    real = reading._process.read

    def read(path, content_type):
        contents = real(path, content_type)
        contents["gaps"] = [gap for gap in contents["gaps"] if gap not in {"no_ocr", "no_nudity"}]
        return contents

    monkeypatch.setattr(reading._process, "read", read)


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def uploaded(user, data: bytes, name="photo.png", *, scanned=True) -> Upload:
    upload = store_upload(file=SimpleUploadedFile(name, data), purpose="chat", user=user)
    if scanned:
        scan_upload(upload_id=upload.pk)
    return upload


def send(conversation, author, *uploads, body="Here you are") -> Message:
    sent = messages.send_message(
        conversation=conversation,
        author=author,
        body=body,
        client_ref=uuid4(),
        attachments=[str(upload.public_id) for upload in uploads],
    )
    return sent.message


def judge(message) -> str:
    check = FileCheck.objects.get(subject_kind="message", subject_id=str(message.pk))
    return run_check(check_id=check.pk)


def seen(message, user, side=Side.CUSTOMER):
    fresh = Message.objects.get(pk=message.pk)
    return message_json(fresh, Viewer(user.pk, side))["attachments"][0]["state"]


def settle(reviewer, outcome, policy="contact_redirect"):
    case = Case.objects.get(status="open")
    claim(case_id=case.pk, reviewer=reviewer)
    verdict = Verdict(outcome, "clear", policy_code=policy if outcome == "uphold" else "", facts="A code.")
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def test_an_ordinary_photo_is_shown_at_once_and_makes_no_case(conversation, customer, agent, all_readers):
    message = send(conversation, agent, uploaded(agent, as_bytes(patterned_picture())))

    assert seen(message, customer) == "clean"
    assert judge(message) == "done"
    assert seen(message, customer) == "clean"
    assert not Case.objects.exists()
    assert Change.objects.filter(message=message).count() == 1


def test_a_shops_contact_code_is_covered_for_the_customer_and_explained_to_the_reviewer(
    conversation, customer, agent, all_readers
):
    upload = uploaded(agent, code_picture(LINK), "offer.png")
    message = send(conversation, agent, upload)
    assert seen(message, customer) == "quarantined"  # The quick look saw the code: wait for the judgement.

    judge(message)

    upload.refresh_from_db()
    assert (upload.held, upload.state) == ("masked", "clean")
    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id, case.policy_code) == (
        "message_files",
        message.pk,
        "contact_redirect",
    )
    finding = case.findings.order_by("-confidence").first()
    assert case.evidence["text"][finding.start : finding.end] == finding.matched
    assert "QR Code" in finding.explanation
    assert "offer.png" in finding.explanation
    [file] = case.evidence["files"]
    [line] = file["parts"][0]["lines"]
    left, top, right, bottom = line["box"]
    assert 0.5 < left < right <= 1
    assert 0.4 < top < bottom <= 1
    assert Change.objects.filter(message=message).last().kind == "message.masked"


def test_the_covered_copy_cannot_be_scanned_any_more(conversation, agent, all_readers):
    upload = uploaded(agent, code_picture(LINK))
    judge(send(conversation, agent, upload))
    upload.refresh_from_db()
    copy = Upload(storage_key=upload.masked_key, content_type="image/png", sha256="0" * 64)

    assert reading.read_upload(copy).contents["parts"] == []


def test_a_dismissal_gives_the_picture_back_and_no_later_check_takes_it_again(
    conversation, customer, agent, reviewer, all_readers
):
    upload = uploaded(agent, code_picture(LINK))
    message = send(conversation, agent, upload)
    judge(message)

    settle(reviewer, "dismiss")

    upload.refresh_from_db()
    assert (upload.held, upload.masked_key) == ("", "")
    FileCheck.objects.update(state="pending")
    judge(message)
    upload.refresh_from_db()
    assert upload.held == ""


def test_an_upheld_fraud_takes_the_file_and_an_undo_puts_it_back_as_the_check_left_it(
    conversation, customer, agent, reviewer, all_readers
):
    upload = uploaded(agent, code_picture(LINK))
    message = send(conversation, agent, upload)
    judge(message)

    decision = settle(reviewer, "uphold", "fraud")
    assert seen(message, customer) == "held"

    undo(decision_id=decision.pk, reviewer=reviewer)
    upload.refresh_from_db()
    assert upload.held == "masked"


def test_a_customers_own_contact_code_breaks_nothing(conversation, customer, agent, all_readers):
    upload = uploaded(customer, code_picture("tel:+12125550147"))
    message = send(conversation, customer, upload)

    judge(message)

    assert seen(message, agent, Side.SHOP) == "clean"
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("payload", "policy"),
    [
        ("tel:+12125550147", "contact_redirect"),
        ("BEGIN:VCARD\nFN:Northfield\nEND:VCARD", "contact_redirect"),
        ("WIFI:S:shop;T:WPA;P:secret;;", "contact_redirect"),
        ("upi://pay?pa=shop@bank", "diverting_transactions"),
        ("bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "diverting_transactions"),
        ("BCD\n002\n1\nSCT\nBIC\nShop\nDE02100500000054540402", "diverting_transactions"),
    ],
)
def test_codes_that_call_write_or_pay_are_found(conversation, agent, all_readers, payload, policy):
    judge(send(conversation, agent, uploaded(agent, code_picture(payload, place=(200, 60)))))

    assert policy in set(Case.objects.get().findings.values_list("policy_code", flat=True))


@pytest.mark.parametrize(
    "payload", ["PARCEL-48197-7-RETURN", "https://parley.example/o/48197-7", "4006381333931"]
)
def test_codes_of_parcels_and_of_the_platform_break_nothing(conversation, agent, all_readers, payload):
    judge(send(conversation, agent, uploaded(agent, code_picture(payload))))

    assert not Case.objects.exists()


def test_the_name_of_a_file_is_read_like_a_text(conversation, agent, all_readers):
    upload = uploaded(agent, picture(size=(200, 200)), "whatsapp me +1 212 555 0147.png")

    judge(send(conversation, agent, upload))

    finding = Case.objects.get().findings.first()
    assert "the name of" in finding.explanation


def test_without_its_readers_a_picture_is_shown_and_waits_for_a_person(conversation, customer, agent):
    message = send(conversation, agent, uploaded(agent, as_bytes(patterned_picture())))

    judge(message)

    assert seen(message, customer) == "clean"
    case = Case.objects.get()
    assert (case.subject_kind, case.findings.count()) == ("message_files", 0)
    assert "not installed" in case.evidence["needs_person"]


def test_a_file_that_ends_its_reader_is_held_for_a_person(conversation, customer, agent, monkeypatch):
    def die(path, content_type):
        raise reading._Died("crashed")

    monkeypatch.setattr(reading._process, "read", die)
    message = send(conversation, agent, uploaded(agent, as_bytes(patterned_picture(1))))

    judge(message)

    assert seen(message, customer) == "held"
    assert "ended the reading process" in Case.objects.get().evidence["needs_person"]


def test_a_locked_document_is_never_taken_for_clean(conversation, customer, agent, monkeypatch):
    def locked(path, content_type):
        return {
            "parts": [],
            "gaps": ["locked"],
            "alarms": [],
            "nudity": None,
            "print": "",
            "quality": 0,
            "pages": 1,
        }

    monkeypatch.setattr(reading._process, "read", locked)
    upload = uploaded(agent, pdf(), "terms.pdf")
    message = send(conversation, agent, upload)
    judge(message)

    assert Upload.objects.get(pk=upload.pk).state == "failed"
    assert seen(message, customer) == "failed"
    assert "password" in Case.objects.get().evidence["needs_person"]


def test_a_judgement_that_always_fails_holds_the_files_and_calls_a_person(
    conversation, customer, agent, monkeypatch
):
    def broken(*_):
        raise RuntimeError("no engine")

    monkeypatch.setattr(attachments, "examine", broken)
    message = send(conversation, agent, uploaded(agent, as_bytes(patterned_picture())))
    for _ in range(MAX_ATTEMPTS):
        FileCheck.objects.update(leased_until=None)
        outcome = judge(message)

    assert outcome == "failed"
    assert seen(message, customer) == "held"
    assert "no engine" in Case.objects.get().evidence["needs_person"]


def test_a_judgement_waits_for_the_scan_and_is_woken_by_it(
    conversation, customer, agent, all_readers, django_capture_on_commit_callbacks
):
    upload = uploaded(agent, as_bytes(patterned_picture()), scanned=False)
    message = send(conversation, agent, upload)
    assert judge(message) == "pending"
    assert seen(message, customer) == "quarantined"

    scan_upload(upload_id=upload.pk)

    assert judge(message) == "done"
    assert seen(message, customer) == "clean"


def test_a_worker_that_died_in_the_middle_leaves_a_lease_that_runs_out(conversation, agent, all_readers):
    message = send(conversation, agent, uploaded(agent, as_bytes(patterned_picture())))
    FileCheck.objects.update(state="leased", leased_until="2020-01-01T00:00:00Z", attempts=1)

    assert judge(message) == "done"
    assert judge(message) == ""


def test_judging_twice_makes_one_case(conversation, agent, all_readers):
    message = send(conversation, agent, uploaded(agent, code_picture(LINK)))
    judge(message)
    before = list(Case.objects.get().findings.order_by("pk").values_list("pk", flat=True))
    FileCheck.objects.update(state="pending", leased_until=None)
    judge(message)

    assert list(Case.objects.get().findings.order_by("pk").values_list("pk", flat=True)) == before


def test_a_known_bad_picture_is_withheld_also_when_it_was_made_smaller(
    conversation, customer, agent, second_reviewer, all_readers
):
    original = patterned_picture(3, size=(600, 450))
    first = uploaded(customer, as_bytes(original))
    print_ = Upload.objects.get(pk=first.pk).reading.contents["print"]
    known_files.add(
        listing="bad",
        kind="pdq",
        value=print_,
        policy_code="counterfeit_ip",
        reason="Fake label",
        by=second_reviewer,
    )
    smaller = as_bytes(original.resize((400, 300)), "JPEG", quality=60)
    message = send(conversation, agent, uploaded(agent, smaller, "new.jpg"))
    assert seen(message, customer) == "quarantined"

    judge(message)

    assert seen(message, customer) == "held"
    finding = Case.objects.get().findings.get()
    assert (finding.policy_code, finding.detector, finding.rule) == ("counterfeit_ip", "known_file", "pdq")
    assert "Fake label" in finding.explanation


def test_a_known_good_file_is_not_judged_by_its_content(conversation, customer, agent, second_reviewer):
    upload = uploaded(agent, code_picture(LINK))
    known_files.add(
        listing="good", kind="sha256", value=upload.sha256, reason="Our leaflet", by=second_reviewer
    )
    message = send(conversation, agent, upload)

    judge(message)

    assert seen(message, customer) == "clean"
    assert not Case.objects.exists()
    assert KnownFile.objects.get().added_by == second_reviewer


def test_a_picture_that_looks_like_nudity_is_withheld_from_either_side(
    conversation, customer, agent, monkeypatch
):
    contents = {"parts": [], "gaps": [], "alarms": [], "nudity": 0.97, "print": "", "quality": 0, "pages": 1}
    monkeypatch.setattr(reading._process, "read", lambda path, content_type: contents)
    message = send(conversation, customer, uploaded(customer, picture()))

    judge(message)

    assert seen(message, agent, Side.SHOP) == "held"
    finding = Case.objects.get().findings.get()
    assert (finding.policy_code, finding.detector, finding.confidence) == ("sexual_content", "nudity", 0.97)


def test_whoever_sent_a_held_file_still_sees_it_and_is_told(conversation, agent, customer, all_readers):
    upload = uploaded(agent, code_picture(LINK))
    message = send(conversation, agent, upload)
    judge(message)
    fresh = Message.objects.get(pk=message.pk)

    own = message_json(fresh, Viewer(agent.pk, Side.SHOP))["attachments"][0]
    theirs = message_json(fresh, Viewer(customer.pk, Side.CUSTOMER))["attachments"][0]

    assert (own["state"], own["held"]) == ("clean", "masked")
    assert (theirs["state"], theirs["held"]) == ("clean", "")


def test_files_of_one_message_make_one_case(conversation, agent, all_readers):
    one = uploaded(agent, code_picture(LINK), "a.png")
    two = uploaded(agent, code_picture("tel:+12125550147"), "b.png")

    judge(send(conversation, agent, one, two))

    assert {row["name"] for row in Case.objects.get().evidence["files"]} == {"a.png", "b.png"}


def test_a_withheld_kind_of_subject_nobody_knows_changes_nothing(db):
    file_checks.hide_files(1, "withhold", [])
    file_checks.show_files(1)

    assert not Upload.objects.exists()


def nothing_found(uploads, setting=None) -> Examination:
    """What a ruleset says that knows nothing of these files."""
    clean = {upload.pk: (Upload.Held.NOT, ()) for upload in uploads}
    return Examination(text="", screening=Screening((), False, (), "r1"), files=[], held=clean)


def scan_under_another_ruleset(monkeypatch, *seen_before) -> int:
    """A rescan after these messages were scanned under the ruleset of today; how many it did."""
    scanning.scan_messages([message.pk for message in seen_before])
    monkeypatch.setattr(rescans, "current_ruleset", lambda: "r2")
    rescans.start(days=None)
    return rescans.work(seconds=30)


def test_stored_files_are_judged_again_under_a_new_ruleset(
    conversation, customer, agent, all_readers, monkeypatch
):
    message = send(conversation, agent, uploaded(agent, code_picture(LINK), "offer.png"))
    plain = send(
        conversation, agent, uploaded(agent, as_bytes(patterned_picture()), "board.png"), body="The board"
    )
    with monkeypatch.context() as before:
        before.setattr(attachments, "examine", nothing_found)
        judge(message)
        judge(plain)
    assert not Case.objects.exists()

    assert scan_under_another_ruleset(monkeypatch, message, plain) == 2

    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id) == ("message_files", message.pk)
    assert LINK in case.evidence["text"]
    assert set(case.findings.values_list("ruleset", flat=True)) == {"r2"}
    assert Rescan.objects.get().flagged == 1
    assert set(RescanChange.objects.values_list("message", "kind")) == {(message.pk, "added")}
    assert seen(message, customer) == "clean"  # Until a person has decided.


def test_a_rescan_leaves_files_as_they_were_decided_and_opens_no_second_case(
    conversation, customer, agent, reviewer, all_readers, monkeypatch
):
    message = send(conversation, agent, uploaded(agent, code_picture(LINK), "offer.png"))
    judge(message)
    settle(reviewer, "dismiss")

    scan_under_another_ruleset(monkeypatch, message)

    assert Finding.objects.filter(subject_kind="message_files", ruleset="r2").exists()
    assert Case.objects.get().status == "dismissed"
    assert seen(message, customer) == "clean"
    assert not RescanChange.objects.exists()


def test_files_that_cannot_be_judged_again_stop_no_rescan(conversation, agent, all_readers, monkeypatch):
    message = send(conversation, agent, uploaded(agent, as_bytes(patterned_picture())))
    judge(message)

    def broken(*_):
        raise RuntimeError("no engine")

    monkeypatch.setattr(attachments, "examine", broken)

    assert scan_under_another_ruleset(monkeypatch, message) == 1
    assert Rescan.objects.get().done == 1

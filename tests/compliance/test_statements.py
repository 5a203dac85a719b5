import re

import pytest
from django.core import mail
from django.utils import timezone

from compliance.models import Decision
from compliance.services import appeals
from compliance.services.announcements import MAIL_DELAY
from compliance.services.decisions import record_automatic
from compliance.services.statements import without_contacts
from notifications.services import send_waiting_mail
from web.templatetags.safety import date_words

pytestmark = pytest.mark.django_db

REQUIRED_BY_THE_DSA_DATABASE = {
    "puid",
    "decision_facts",
    "decision_ground",
    "category",
    "content_type",
    "content_date",
    "territorial_scope",
    "application_date",
    "source_type",
    "automated_detection",
    "automated_decision",
}


def send_mail():
    send_waiting_mail(now=timezone.now() + MAIL_DELAY)


def test_a_statement_says_everything_that_article_17_asks_for(shop, owner, uphold):
    decision = uphold()
    body = decision.statement.body

    assert body["addressee"] == {"kind": "shop", "slug": shop.slug, "name": shop.name}
    assert (body["policy"]["code"], body["policy"]["version"]) == ("contact_redirect", 1)
    assert body["policy"]["clause"]
    assert body["content"]["text"][11:23] == "312-555-0178"
    assert body["content"]["spans"] == [[11, 23]]
    assert (body["detected"], body["is_automatic"]) == ("automatic", False)
    assert (body["points"], body["balance"]) == (3, {"before": 0, "after": 3})
    assert body["hidden"] == "mask"
    assert body["redress"]["is_free"] is True
    assert body["redress"]["appeals"] == 2


def test_the_record_for_the_dsa_database_is_whole_and_holds_no_personal_data(uphold):
    record = uphold().statement.dsa

    assert set(record) >= REQUIRED_BY_THE_DSA_DATABASE
    assert record["category"] == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert record["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert record["content_date"] == "2026-03-02"
    assert any(key.startswith("decision_visibility") for key in record)
    assert "312-555-0178" not in str(record)


def test_contacts_in_the_facts_do_not_reach_the_public_record():
    assert "0147" not in without_contacts("You wrote: call me on +1 212 555 0147.")


def test_a_milestone_is_in_the_statement_with_its_restrictions(uphold):
    body = uphold("prohibited_products").statement.body

    assert body["milestone"]["points"] == 12
    assert [row["kind"] for row in body["restrictions"]] == ["campaigns_closed"]
    assert any("No campaigns until" in effect for effect in body["effects"])


def test_reaching_seven_points_sends_a_formal_warning(owner, uphold):
    uphold()
    uphold()
    uphold()
    send_mail()

    warnings = [message for message in mail.outbox if message.subject.startswith("Formal warning")]
    assert [message.subject for message in warnings] == [
        "Formal warning: Northfield Ceramics has 9 active points"
    ]


def test_the_statement_goes_out_by_mail_in_text_and_html(shop, owner, uphold):
    decision = uphold()
    send_mail()

    message = mail.outbox[0]
    assert message.to == [owner.email]
    assert message.subject == "Contact outside the chat: 3 points for Northfield Ceramics"
    assert decision.statement.reference in message.body
    assert f"/seller/{shop.slug}/health/violations/{decision.pk}/" in message.body
    assert "0 active points become 3" in message.body
    assert "<a href=" in message.alternatives[0][0]


def test_an_overturn_is_mailed_with_the_reviewers_reasons(owner, second_reviewer, uphold):
    decision = uphold()
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="facts", text="Look again.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="It is the carrier's line.")
    send_mail()

    by_subject = {message.subject: message.body for message in mail.outbox}
    assert f"We have your appeal {appeal.reference}" in by_subject
    taken_back = by_subject["Taken back: Contact outside the chat for Northfield Ceramics"]
    assert "It is the carrier's line." in taken_back
    assert "3 points are gone. The message is shown again." in taken_back


def test_an_automatic_decision_says_that_no_person_took_it(shop, owner):
    decision = record_automatic(
        shop=shop,
        policy_code="low_response_rate",
        subject_kind="weekly_evaluation",
        subject_id=5,
        facts="4 of 10 chats were answered within 24 hours.",
        points=0,
        source="weekly-evaluation:5",
    )
    send_mail()

    assert decision.statement.body["is_automatic"] is True
    assert "No points." in mail.outbox[0].body
    assert "taken automatically" in mail.outbox[0].body
    assert Decision.objects.get().points == 0


def test_a_customer_reads_the_statement_about_their_own_message(client, customer, stranger, owner, uphold):
    decision = uphold("harassment", author_kind="customer", author_id=customer.pk)
    send_mail()
    address = f"/account/statements/{decision.statement.reference}/"

    assert address in mail.outbox[0].body
    for person, status in ((customer, 200), (stranger, 404), (owner, 404)):
        client.force_login(person)
        assert client.get(address).status_code == status
    client.force_login(customer)
    text = client.get(address).text
    assert decision.facts in text
    assert "Tell us in the Help Center" in text


def test_a_shops_statement_is_not_among_the_personal_ones(client, owner, uphold):
    decision = uphold()
    client.force_login(owner)

    assert client.get(f"/account/statements/{decision.statement.reference}/").status_code == 404


@pytest.mark.parametrize(
    ("language", "title", "effect"),
    [
        ("es", "Contacto fuera del chat", "de 0 puntos activos pasan a 3"),
        ("zh-hans", "聊天之外的联系", "有效扣分由 0 变为 3"),
    ],
)
def test_a_mail_names_rule_effects_and_days_in_its_readers_language(
    owner, second_reviewer, uphold, language, title, effect
):
    owner.language, owner.time_zone = language, "Asia/Tokyo"
    owner.save()
    decision = uphold()
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="facts", text="Look again.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.reject(appeal_id=appeal.pk, reviewer=second_reviewer, answer="It stands.")
    send_mail()

    [statement] = [message for message in mail.outbox if message.subject.startswith(title)]
    assert effect in str(statement.body)
    assert len(mail.outbox) == 3
    for text in (str(message.body) for message in mail.outbox):
        assert not re.search(r"\b(Contact|active points|Do not share|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", text)


def test_days_of_notices_from_before_stay_as_they_were():
    assert date_words("Sun 6 Dec 2026") == "Sun 6 Dec 2026"
    assert date_words(None) == ""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from notifications.models import Notice
from notifications.selectors import lines, notices_of, unread_count, users_told
from notifications.services import mark_read, notify, send_waiting_mail, withdraw

pytestmark = pytest.mark.django_db

CONTEXT = {"title": "Three points <b>", "text": "Read why <b>."}


def tell(*people, **more):
    values = {
        "kind": "test.news",
        "subject_key": "decision:1",
        "context": CONTEXT,
        "url": "/seller/x/health/",
    }
    notify(user_ids=[person.pk for person in people], **{**values, **more})


def test_each_person_is_told_once_however_often_it_is_said(owner, agent):
    tell(owner, agent, owner)
    tell(owner)

    assert Notice.objects.count() == 2
    assert users_told("decision:1") == sorted([owner.pk, agent.pk])


def test_another_dedupe_key_tells_again(owner):
    tell(owner)
    tell(owner, dedupe="2026-W10")

    assert unread_count(owner.pk) == 2


def test_the_mail_has_text_and_html_in_the_persons_name_and_the_html_is_escaped(owner):
    tell(owner)

    assert send_waiting_mail() == 1
    message = mail.outbox[0]
    assert message.to == [owner.email]
    assert message.subject == "Three points <b>"
    assert "Read why <b>." in message.body
    assert "/seller/x/health/" in message.body
    html = message.alternatives[0][0]
    assert "Read why &lt;b&gt;." in html
    assert Notice.objects.get().mail_state == "sent"


def test_a_mail_is_sent_once(owner):
    tell(owner)
    send_waiting_mail()

    assert send_waiting_mail() == 0
    assert len(mail.outbox) == 1


def test_a_mail_waits_for_its_delay(owner):
    tell(owner, mail_delay=timedelta(seconds=10))

    assert send_waiting_mail() == 0
    assert send_waiting_mail(now=timezone.now() + timedelta(seconds=10)) == 1


def test_a_notice_without_mail_sends_none(owner):
    tell(owner, email=False)

    assert send_waiting_mail() == 0
    assert unread_count(owner.pk) == 1


def test_a_notice_taken_back_is_not_shown_and_its_mail_never_leaves(owner):
    tell(owner, mail_delay=timedelta(seconds=10))

    assert withdraw(subject_key="decision:1", kind="test.news") == 1
    assert send_waiting_mail(now=timezone.now() + timedelta(minutes=1)) == 0
    assert not notices_of(owner.pk).exists()
    assert users_told("decision:1") == []


def test_a_mail_whose_sender_died_is_sent_after_its_lease(owner):
    tell(owner)
    now = timezone.now()
    Notice.objects.update(mail_state="leased", mail_leased_until=now + timedelta(seconds=60))

    assert send_waiting_mail(now=now) == 0
    assert send_waiting_mail(now=now + timedelta(seconds=61)) == 1


def test_one_bad_mail_waits_for_another_try_and_the_rest_leaves(owner, agent, monkeypatch):
    tell(owner, agent)
    send = mail.EmailMultiAlternatives.send

    def fail_for_the_owner(message, *args, **kwargs):
        if owner.email in message.to:
            raise OSError("mailbox on fire")
        return send(message, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", fail_for_the_owner)

    assert send_waiting_mail() == 1
    waiting = Notice.objects.get(user=owner)
    assert (waiting.mail_state, waiting.mail_attempts) == ("pending", 1)
    assert waiting.mail_due_at > timezone.now()
    assert "mailbox on fire" in waiting.mail_error


def test_a_mail_is_given_up_after_eight_tries_and_the_notice_stays(owner, monkeypatch):
    tell(owner)
    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", lambda *a, **k: (_ for _ in ()).throw(OSError()))
    for day in range(1, 10):
        send_waiting_mail(now=timezone.now() + timedelta(days=day))

    notice = Notice.objects.get()
    assert (notice.mail_state, notice.mail_attempts) == ("failed", 8)
    assert unread_count(owner.pk) == 1


def test_reading_marks_only_ones_own_notices(owner, agent):
    tell(owner, agent)

    assert mark_read(user_id=owner.pk) == 1
    assert (unread_count(owner.pk), unread_count(agent.pk)) == (0, 1)


def test_the_line_on_the_page_is_the_mails_subject(owner):
    tell(owner)

    assert [line.text for line in lines(notices_of(owner.pk))] == ["Three points <b>"]

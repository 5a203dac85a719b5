import pytest
from django.urls import reverse

from notifications.models import Notice
from notifications.services import notify

pytestmark = pytest.mark.django_db


def tell(person, url="/orders/"):
    context = {"title": "3 points <b>", "text": "Read why."}
    notify(user_ids=[person.pk], kind="test.news", subject_key="x:1", context=context, url=url)


def test_the_bell_counts_what_is_new_and_the_page_lists_it(client, owner):
    tell(owner)
    client.force_login(owner)
    text = client.get(reverse("account:notices")).text

    assert "Notices, 1 new" in text
    assert "3 points &lt;b&gt;" in text


def test_opening_one_marks_it_and_goes_where_it_leads(client, owner):
    tell(owner)
    client.force_login(owner)
    response = client.post(reverse("account:read_notice", args=[Notice.objects.get().pk]))

    assert response["Location"] == "/orders/"
    assert Notice.objects.get().read_at is not None


def test_nobody_opens_anothers_notice(client, owner, stranger):
    tell(owner)
    client.force_login(stranger)
    response = client.post(reverse("account:read_notice", args=[Notice.objects.get().pk]))

    assert response["Location"] == reverse("account:notices")
    assert Notice.objects.get().read_at is None


def test_all_can_be_marked_as_read(client, owner):
    tell(owner)
    client.force_login(owner)
    client.post(reverse("account:read_all"))

    assert "Nothing new" in client.get(reverse("account:notices")).text

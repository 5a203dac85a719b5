"""Django's admin, for operators who hold every right."""

import pytest
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("operator@example.com", PASSWORD, display_name="Olga Operator")


def test_an_operator_opens_the_admin_and_its_lists(client, operator):
    client.force_login(operator)

    for name in ("admin:index", "admin:accounts_user_changelist", "admin:shops_shop_changelist"):
        assert client.get(reverse(name)).status_code == 200


def test_a_visitor_is_sent_to_the_ordinary_login(client, db):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_reviewer_has_no_business_there(client, reviewer):
    client.force_login(reviewer)

    response = client.get(reverse("admin:accounts_user_changelist"))

    assert response.status_code in (302, 403)
    assert b"reviewer@example.com" not in response.content

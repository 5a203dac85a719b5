from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import StaffRole, User
from accounts.services import grant_staff_role
from tests.factories import UserFactory
from tickets.models import Category, Team, TeamMember, Ticket
from tickets.services.reference_data import sync_articles, sync_categories
from tickets.services.submit import Submission, submit_ticket


@pytest.fixture(autouse=True)
def uploads_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.CLAMAV_ADDRESS = ""


@pytest.fixture(scope="module")
def shipped_categories(around_the_file: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        sync_categories()


@pytest.fixture(scope="module")
def shipped_articles(around_the_file: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        sync_articles()


@pytest.fixture
def categories(shipped_categories: None, db: None) -> None:
    """What the product ships: teams, promises, the tree of topics, rules, prepared answers."""


@pytest.fixture
def articles(shipped_articles: None, db: None) -> None:
    """The Help Center's articles that the product ships, in every language."""


def desk_agent(email: str, *team_codes: str) -> User:
    user = UserFactory(email=email)
    grant_staff_role(user=user, role=StaffRole.SUPPORT_1)
    for code in team_codes:
        TeamMember.objects.create(team=Team.objects.get(code=code), user=user)
    return user


@pytest.fixture
def helper(categories) -> User:
    """Works at the support desk, in the payments and technical teams."""
    return desk_agent("helper@example.com", "payments", "technical", "orders")


@pytest.fixture
def colleague(categories) -> User:
    return desk_agent("colleague@example.com", "payments", "orders")


def submission(user: User | None = None, **changes) -> Submission:
    fields = {
        "submit_ref": uuid4(),
        "category": Category.objects.get(code=changes.pop("code", "payment-gift-card")),
        "subject": "Gift card is taken off at checkout",
        "description": "The gift card is taken off again on the last step, so I can't pay with it.",
        "user": user,
    }
    if user is None:
        fields |= {"guest_email": "guest@example.org", "guest_name": "Gus Guest", "guest": "guest-token"}
    return Submission(**(fields | changes))


@pytest.fixture
def ticket(customer, categories) -> Ticket:
    return submit_ticket(submission(customer)).ticket


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_related("category", "team", "merged_into").get(pk=ticket.pk)


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.values_list("kind", flat=True))


def hours_ago(hours: float):
    return timezone.now() - timedelta(hours=hours)

"""The cast for access questions, the same in every app: each is somebody else."""

import pytest

from accounts.models import StaffRole, User
from accounts.services import grant_staff_role
from config import embedded
from shops.models import Shop
from tests.factories import ShopFactory, ShopMemberFactory, UserFactory


def pytest_sessionstart() -> None:
    """PostgreSQL and Redis of the tests' own (STATE=.state-test), shared by all test processes at once."""
    embedded.ensure_running()


@pytest.fixture
def shop(db: None) -> Shop:
    return ShopFactory(slug="northfield", name="Northfield Ceramics")


@pytest.fixture
def customer(db: None) -> User:
    return UserFactory(email="customer@example.com", display_name="Priya Raman")


@pytest.fixture
def owner(shop: Shop) -> User:
    return ShopMemberFactory(shop=shop, user__email="owner@example.com", role="owner").user


@pytest.fixture
def agent(shop: Shop) -> User:
    return ShopMemberFactory(shop=shop, user__email="agent@example.com", role="agent").user


@pytest.fixture
def other_agent(db: None) -> User:
    """Works for another shop."""
    return ShopMemberFactory(user__email="other-agent@example.com", role="agent").user


@pytest.fixture
def reviewer(db: None) -> User:
    user = UserFactory(email="reviewer@example.com")
    grant_staff_role(user=user, role=StaffRole.REVIEWER)
    return user


@pytest.fixture
def second_reviewer(db: None) -> User:
    user = UserFactory(email="second-reviewer@example.com")
    grant_staff_role(user=user, role=StaffRole.SENIOR_REVIEWER)
    return user


@pytest.fixture
def stranger(db: None) -> User:
    return UserFactory(email="stranger@example.com")

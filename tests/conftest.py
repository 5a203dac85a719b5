"""The cast for access questions, the same in every app: each is somebody else."""

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from accounts.models import StaffRole, User
from accounts.services import grant_staff_role
from config import embedded
from shops.models import Shop
from tests.factories import ShopFactory, ShopMemberFactory, UserFactory

JOURNEYS = "tests/journeys/"
FAULTS = JOURNEYS + "test_faults.py"

# A machine that is busy is slow, and no test asserts how fast it is.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")


def pytest_sessionstart() -> None:
    """PostgreSQL and Redis of the tests' own (STATE=.state-test), shared by all test processes at once.

    In them each of several test processes has a database and a Redis prefix of its own.
    """
    embedded.ensure_running()


class CostlyFirst(LoadScopeScheduling):
    """Hands whole files to test processes, and all journeys to one: they share a running platform.

    Files come in the order of collection, the costly ones first, so that the many short ones fill up the
    test process that is done earlier.
    """

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "journeys" if file.startswith(JOURNEYS) and file != FAULTS else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> CostlyFirst:
    return CostlyFirst(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if not any(item.get_closest_marker(name) for name in ("browser", "processes")):
        return 2
    return int(not item.nodeid.startswith(JOURNEYS))


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

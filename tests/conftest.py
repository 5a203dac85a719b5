"""The cast for access questions, the same in every app: each is somebody else."""

import subprocess
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from accounts.models import StaffRole, User
from accounts.services import grant_staff_role
from config import embedded, preparation
from shops.models import Shop
from tests.config.conftest import EmbeddedState, using
from tests.factories import ShopFactory, ShopMemberFactory, UserFactory
from tests.template import migrated_template

JOURNEYS = "tests/journeys/"
FAULTS = JOURNEYS + "test_faults.py"
# They run platforms on the same prepared state folder, one after the other.
ON_PREPARED_STATE = (FAULTS, "tests/config/test_compose.py", "tests/config/test_supervisor.py")

# A machine that is busy is slow, and no test asserts how fast it is.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")


def pytest_sessionstart() -> None:
    """PostgreSQL and Redis of the tests' own (STATE=.state-test), shared by all test processes at once.

    In them each of several test processes has a database and a Redis prefix of its own.
    """
    embedded.ensure_running()


@pytest.fixture(autouse=True)
def nobody_elses_language() -> Iterator[None]:
    """A page that was asked for in Spanish leaves its thread Spanish; the next test starts in the default."""
    yield
    translation.deactivate()
    timezone.deactivate()


class CostlyFirst(LoadScopeScheduling):
    """Hands whole files to test processes, and those that share a platform or its state to one of them.

    Files come in the order of collection, the costly ones first, so that the many short ones fill up the
    test process that is done earlier.
    """

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in ON_PREPARED_STATE:
            return "on prepared state"
        return "journeys" if file.startswith(JOURNEYS) else file


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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The test database of this process is a copy of one that was migrated once."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="module")
def around_the_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around the tests of a file, whose own ones nest in it; rolled back when the file is done.

    For rows that are dear to make and the same for every test. Fixtures of the file write them with
    ``django_db_blocker.unblock()``. Not for tests with ``transaction=True``: those commit and empty tables.
    """
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture(scope="session")
def prepared_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedState]:
    """A state folder on which tests run a platform without the demo, one after the other.

    Its empty database was prepared as an operator's own is: by its address.
    """
    for state in using(tmp_path_factory.mktemp("prepared") / "a state"):
        state.join()
        subprocess.run(
            preparation.COMMAND,
            cwd=embedded.BASE_DIR,
            env=state.environment() | state.addresses() | {"SECRET_KEY": "for this test"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        state.end()
        yield state


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

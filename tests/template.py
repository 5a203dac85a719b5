"""One migrated database per version of the code: each test process copies it instead of migrating its own."""

import hashlib

from django.conf import settings
from django.db import connection

from config import preparation

PREFIX = "test_template_"
UNFINISHED = f"{PREFIX}unfinished"
# Any fixed number: of several test processes one migrates, the others wait for it.
_ADVISORY_LOCK = 7_237_002


def migrated_template() -> str:
    """The name of a database with every migration applied and nothing else in it.

    Made anew whenever a source file has changed, so no run rests on what an older version migrated.
    """
    # Where the database is somebody else's, other checkouts may keep theirs beside ours.
    place = hashlib.sha256(str(settings.BASE_DIR).encode()).hexdigest()[:6]
    name = f"{PREFIX}{place}_{preparation.fingerprint()[:16]}"
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])  # Until this connection closes.
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        found = {row[0] for row in cursor.fetchall()}
        if name in found:
            return name
        for old in found:
            if old == UNFINISHED or old.startswith(f"{PREFIX}{place}_"):
                cursor.execute(f"DROP DATABASE {connection.ops.quote_name(old)}")
        _migrate(UNFINISHED)
        cursor.execute(
            f"ALTER DATABASE {connection.ops.quote_name(UNFINISHED)} "
            f"RENAME TO {connection.ops.quote_name(name)}"
        )
    return name


def _migrate(name: str) -> None:
    """Create the database, apply every migration from the first one, and leave it without a connection."""
    ours, test_ours = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        connection.settings_dict["TEST"]["NAME"] = test_ours
        settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = ours

#!/usr/bin/env python
"""Django's command line, on the embedded servers unless DATABASE_URL and REDIS_URL are set."""

import os
import sys

from config import embedded

# These need neither database nor Redis.
_WITHOUT_SERVERS = {"help", "--help", "-h", "version", "--version"}
_WITHOUT_SERVERS |= {"collectstatic", "compilemessages", "makemessages", "spectacular"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] not in _WITHOUT_SERVERS:
        try:
            embedded.ensure_running()
        except embedded.EmbeddedServerError as error:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

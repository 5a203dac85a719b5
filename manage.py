#!/usr/bin/env python
"""Django's command line, on the embedded servers unless DATABASE_URL and REDIS_URL are set."""

import os
import subprocess
import sys

from config import embedded, preparation

# These need neither database nor Redis.
_WITHOUT_SERVERS = {"help", "--help", "-h", "version", "--version"}
_WITHOUT_SERVERS |= {"collectstatic", "compilemessages", "evaluate_detection", "makemessages", "spectacular"}
# These make the tables, or look at how they are.
_WITHOUT_TABLES = {"prepare", "migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations"}
_WITHOUT_TABLES |= {"check", "dbshell", "diffsettings", "test", "testserver", "flush", "shell"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] not in _WITHOUT_SERVERS:
        try:
            embedded.ensure_running()
            if sys.argv[1] not in _WITHOUT_TABLES:
                preparation.prepare_if_needed()
        except embedded.EmbeddedServerError as error:
            sys.exit(str(error))
        except subprocess.CalledProcessError:
            sys.exit("The database could not be prepared; the messages above say why.")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

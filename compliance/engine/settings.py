"""The engine's own settings, read from ``thresholds.yaml``."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("thresholds.yaml")


@lru_cache(maxsize=1)
def load_settings() -> Mapping[str, Any]:
    """The sections of ``thresholds.yaml``: ``policies``, ``fusion`` and ``spam``."""
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded

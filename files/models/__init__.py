"""The tables of files, one file per family; import them from ``files.models``."""

from files.models.checks import FileCheck, Reading
from files.models.uploads import Upload

__all__ = ["FileCheck", "Reading", "Upload"]

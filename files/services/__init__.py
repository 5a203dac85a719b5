"""Everything that writes uploads. Other apps call these names."""

from files.services.checks import due_checks, judge_with, run_check
from files.services.holding import hold
from files.services.links import check_link, signed_path, stored_path
from files.services.scanning import due_scans, scan_again, scan_upload
from files.services.uploads import attach, remove_abandoned, remove_upload, store_upload

__all__ = [
    "attach",
    "check_link",
    "due_checks",
    "due_scans",
    "hold",
    "judge_with",
    "remove_abandoned",
    "remove_upload",
    "run_check",
    "scan_again",
    "scan_upload",
    "signed_path",
    "store_upload",
    "stored_path",
]

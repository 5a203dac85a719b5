"""Everything that writes uploads. Other apps call these names."""

from files.services.links import check_link, signed_path, stored_path
from files.services.scanning import due_scans, scan_upload
from files.services.uploads import attach, remove_abandoned, remove_upload, store_upload

__all__ = [
    "attach",
    "check_link",
    "due_scans",
    "remove_abandoned",
    "remove_upload",
    "scan_upload",
    "signed_path",
    "store_upload",
    "stored_path",
]

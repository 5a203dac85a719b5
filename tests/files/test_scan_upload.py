import socket
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Forbidden
from files.models import Upload
from files.services import attach, due_scans, scan_upload, store_upload
from files.services.scanning import MAX_ATTEMPTS
from tests.files.conftest import eicar, pdf, picture, sent


def stored(customer, data: bytes) -> Upload:
    return store_upload(file=sent(data), purpose="chat", user=customer)


def state_of(upload: Upload) -> str:
    return Upload.objects.get(pk=upload.pk).state


class FakeClamd(threading.Thread):
    """Speaks as much of clamd's protocol as INSTREAM needs, on a real socket."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        self.answer, self.received = answer, b""

    def run(self) -> None:
        link, _ = self.server.accept()
        reader = link.makefile("rb")
        assert reader.read(10) == b"zINSTREAM\0"
        while length := int.from_bytes(reader.read(4), "big"):
            self.received += reader.read(length)
        link.sendall(self.answer + b"\0")
        link.close()
        self.server.close()


def test_a_harmless_file_leaves_quarantine(customer):
    upload = stored(customer, picture())

    assert scan_upload(upload_id=upload.pk) == "clean"
    assert state_of(upload) == "clean"


@pytest.mark.parametrize(
    "data",
    [
        eicar(),
        b"some words first\n" + eicar() + b"\nand after",
        b"a" * (256 * 1024 - 30) + eicar(),  # Across the border of two pieces.
        pdf(b"1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
        pdf(b"2 0 obj<</Type/Filespec/EF<</F 3 0 R>>>>endobj 3 0 obj<</Type/EmbeddedFile>>endobj"),
    ],
)
def test_malware_is_found_and_never_served(customer, data):
    upload = stored(customer, data)

    assert scan_upload(upload_id=upload.pk) == "infected"
    with pytest.raises(Forbidden):
        attach(upload=upload, subject_kind="ticket", subject_id=1)


def test_scanning_twice_settles_once(customer):
    upload = stored(customer, picture())
    scan_upload(upload_id=upload.pk)

    assert scan_upload(upload_id=upload.pk) == ""
    assert Upload.objects.get(pk=upload.pk).scan_attempts == 1


def test_clamav_gets_the_whole_file_and_its_verdict_counts(customer, settings):
    clamd = FakeClamd(b"stream: Win.Test.EICAR_HDB-1 FOUND")
    clamd.start()
    settings.CLAMAV_ADDRESS = clamd.address
    upload = stored(customer, pdf())

    assert scan_upload(upload_id=upload.pk) == "infected"
    assert clamd.received == pdf()
    assert Upload.objects.get(pk=upload.pk).verdict == "Win.Test.EICAR_HDB-1"


def test_clamav_says_ok(customer, settings):
    clamd = FakeClamd(b"stream: OK")
    clamd.start()
    settings.CLAMAV_ADDRESS = clamd.address
    upload = stored(customer, pdf())

    assert scan_upload(upload_id=upload.pk) == "clean"
    assert Upload.objects.get(pk=upload.pk).scanned_by == "built-in+clamav"


def test_without_its_scanner_a_file_stays_in_quarantine_and_is_tried_again(customer, settings):
    settings.CLAMAV_ADDRESS = "127.0.0.1:9"
    upload = stored(customer, pdf())

    assert scan_upload(upload_id=upload.pk) == "quarantined"
    assert due_scans() == []
    Upload.objects.filter(pk=upload.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert due_scans() == [upload.pk]


def test_after_many_tries_a_person_is_needed_and_it_is_never_called_clean(customer, settings):
    settings.CLAMAV_ADDRESS = "127.0.0.1:9"
    upload = stored(customer, pdf())
    Upload.objects.filter(pk=upload.pk).update(scan_attempts=MAX_ATTEMPTS - 1)

    assert scan_upload(upload_id=upload.pk) == "failed"
    assert state_of(upload) == "failed"

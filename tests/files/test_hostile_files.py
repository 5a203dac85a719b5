"""Files made to hurt: refused, found out, or left for a person; never a crash, never taken for clean."""

import io
import struct
import time
import zipfile
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from core.errors import Invalid
from files.models import Reading, Upload
from files.services import reading, scan_upload, store_upload
from files.services.scanners import has_archive_tail
from tests.files.conftest import eicar, mp4, pdf, picture, sent
from tests.files.pictures import as_bytes, code_picture, patterned_picture, written_picture


def scanned(customer, data: bytes, name="file.bin") -> Upload:
    upload = store_upload(file=sent(data, name), purpose="chat", user=customer)
    scan_upload(upload_id=upload.pk)
    return Upload.objects.select_related("reading").get(pk=upload.pk)


def stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    head = b"1 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    return pdf(head + packed + b"\nendstream endobj")


def archive(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("eicar.com", data)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (picture()[:60], "image_broken"),
        (png_header(50_000, 50_000), "image_too_large"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "file_type"),
        (b"GIF89a\xff\xff\xff\xff" + b"\0" * 500, "file_type"),
        (b"MZ\x90\x00" + b"\0" * 500, "file_type"),
        (archive(eicar()), "file_type"),
        (b"\0\n%PDF-1.7\nlate header %%EOF", "file_type"),
        (b"\0\0\0\x20ftypisom\0\0\0\0" + b"\xff" * 64, "file_type"),
    ],
)
def test_what_is_not_an_allowed_whole_file_is_refused_at_the_door(customer, data, code):
    with pytest.raises(Invalid) as refusal:
        store_upload(file=sent(data, "holiday.jpg", "image/jpeg"), purpose="chat", user=customer)

    assert refusal.value.code == code
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        stream(b"words " + eicar()),
        stream(archive(b"anything")),
        stream(b"MZ\x90\x00" + b"\0" * 100),
        stream(b"<</S/JavaScript/JS(app.alert(1))>>"),
        pdf(archive(b"plain to see")),
    ],
)
def test_what_a_document_hides_is_found_also_when_it_is_compressed(customer, data):
    assert scanned(customer, data).state == "infected"


def test_an_archive_behind_a_document_is_refused_or_found(customer):
    with pytest.raises(Invalid):
        scanned(customer, pdf() + archive(b"x" * 4096))

    assert scanned(customer, pdf() + archive(b"x")).state == "infected"


def test_an_archive_behind_any_file_is_seen(tmp_path):
    path = tmp_path / "two"
    path.write_bytes(mp4() + archive(b"x"))
    assert has_archive_tail(path)

    path.write_bytes(mp4() + b"PK\x05\x06" + b"\0" * 200)
    assert not has_archive_tail(path)


def test_a_bomb_in_a_document_is_stopped_early(customer):
    began = time.process_time()

    upload = scanned(customer, stream(b"\0" * (200 * 1024 * 1024)))

    assert upload.state == "infected"
    assert "unpacks" in upload.verdict
    assert time.process_time() - began < 30


def test_a_document_of_countless_objects_is_left_to_a_person(customer):
    body = b"".join(b"%d 0 obj<<>>endobj\n" % number for number in range(1, 25_000))

    upload = scanned(customer, pdf(body))

    assert upload.reading.contents["gaps"] == ["too_much"]


def test_a_locked_document_is_not_clean(customer):
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)

    upload = scanned(customer, out.getvalue())

    assert (upload.state, upload.reading.contents["gaps"]) == ("failed", ["locked"])


def test_a_long_document_is_read_as_far_as_the_limit_and_says_so(customer):
    writer = PdfWriter()
    for _ in range(40):
        writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)
    assert len(PdfReader(io.BytesIO(out.getvalue())).pages) == 40

    upload = scanned(customer, out.getvalue())

    assert upload.reading.contents["pages"] == 40
    assert "too_long" in upload.reading.contents["gaps"]


def test_a_reader_that_wants_too_much_memory_ends_without_harm_and_the_next_file_is_read(
    customer, monkeypatch
):
    monkeypatch.setattr(reading, "_process", reading._ReadingProcess())
    monkeypatch.setattr(reading, "MEMORY_BYTES", 60 * 1024 * 1024)
    # Large, so that no memory that the reader has left over from its start can hold it.
    starved = scanned(customer, as_bytes(patterned_picture(7, size=(3000, 2000))))
    assert starved.reading.contents["gaps"][0] in ("crashed", "too_large")

    monkeypatch.undo()
    fed = scanned(customer, as_bytes(patterned_picture(8)))
    assert fed.reading.contents["quality"] > 50


def test_a_file_that_takes_too_long_is_given_up(customer, monkeypatch):
    monkeypatch.setattr(reading, "_process", reading._ReadingProcess())
    monkeypatch.setattr(reading, "TIMEOUT_S", 0.0)

    upload = scanned(customer, as_bytes(patterned_picture(9)))

    assert upload.reading.contents["gaps"] == ["timeout"]


def test_a_failed_reading_is_not_kept_for_the_next_sender(customer, stranger, monkeypatch):
    monkeypatch.setattr(reading, "_process", reading._ReadingProcess())
    monkeypatch.setattr(reading, "TIMEOUT_S", 0.0)
    data = as_bytes(patterned_picture(10))
    scanned(customer, data)
    monkeypatch.undo()

    again = scanned(stranger, data)

    assert again.reading.contents["quality"] > 50
    assert Reading.objects.count() == 1


def test_the_same_bytes_are_read_once(customer, stranger, monkeypatch):
    data = code_picture("https://wa.me/12125550147")
    first = scanned(customer, data)
    monkeypatch.setattr(reading._process, "read", None)

    assert scanned(stranger, data).reading == first.reading


def test_the_reading_process_is_told_no_secrets(settings):
    environment = reading._environment()

    assert not {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} & set(environment)
    assert settings.SECRET_KEY not in "".join(environment.values())


def test_text_in_a_picture_is_read_or_named_as_a_gap(customer, settings, monkeypatch):
    """With the vision requirements it is read; without them nobody pretends that it was."""
    settings.VISION = True
    monkeypatch.setattr(reading, "_process", reading._ReadingProcess())
    has_reader = "ocr=" in reading.reader_label()

    contents = scanned(customer, written_picture("Call 212 555 0147")).reading.contents

    words = " ".join(part["text"] for part in contents["parts"] if part["kind"] == "picture")
    assert ("5550147" in words.replace(" ", "")) is has_reader
    assert ("no_ocr" in contents["gaps"]) is not has_reader


def test_nul_and_lone_surrogates_in_a_document_can_be_stored():
    assert reading._storable({"text": ["a\0b", "\ud800"]}) == {"text": ["a b", "?"]}


def test_what_was_read_from_a_file_that_is_gone_is_forgotten(customer):
    gone = scanned(customer, as_bytes(patterned_picture(11)))
    kept = scanned(customer, as_bytes(patterned_picture(12)))
    Reading.objects.update(created_at="2020-01-01T00:00:00Z")
    Upload.objects.filter(pk=gone.pk).update(state=Upload.State.REMOVED)

    assert reading.forget_unused() == 1

    assert Reading.objects.get() == kept.reading

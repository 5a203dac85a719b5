import io
import zlib

import pytest
from PIL import Image

from core.errors import Invalid, RateLimited
from files.models import Upload
from files.services import remove_upload, storage, store_upload, stored_path
from files.services.uploads import PER_MINUTE, clean_name
from tests.files.conftest import eicar, mp4, pdf, photo_with_place, picture, sent, webm


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (pdf(), "application/pdf"),
        (mp4(), "video/mp4"),
        (webm(), "video/webm"),
        ("Zwölf Tassen, 茶\n".encode(), "text/plain"),
    ],
)
def test_a_file_is_typed_by_its_content_whatever_it_is_called(customer, data, content_type):
    upload = store_upload(file=sent(data, "holiday.exe", "text/html"), purpose="ticket", user=customer)

    assert upload.content_type == content_type
    assert upload.state == Upload.State.QUARANTINED
    assert upload.name.startswith("holiday.exe.")
    assert stored_path(upload).exists()


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!DOCTYPE html><p>hello",
        b"  \n<html><body>",
        b"#!/bin/sh\nrm -rf /",
        b"MZ\x90\x00\x03program",
        b"\x7fELF\x02\x01\x01" + b"\0" * 60,
        b"PK\x03\x04\x14\x00" + b"\0" * 60,
        b"GIF89a" + b"\0" * 60,
        b"junk before the marker\x00%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nno end of file mark",
        mp4()[:-10],
        b"\x00\x00\x00\x14ftypqt  \0\0\0\0qt  ",
        b"caf\xe9 in Latin-1",
    ],
)
def test_what_is_not_on_the_list_is_refused_and_leaves_nothing_behind(customer, uploads_folder, data):
    with pytest.raises(Invalid) as refusal:
        store_upload(file=sent(data, "photo.jpg", "image/jpeg"), purpose="chat", user=customer)

    assert refusal.value.code == "file_type"
    assert not Upload.objects.exists()
    assert not [path for path in uploads_folder.rglob("*") if path.is_file()]


def test_an_empty_file_is_refused(customer):
    with pytest.raises(Invalid) as refusal:
        store_upload(file=sent(b""), purpose="chat", user=customer)

    assert refusal.value.code == "file_empty"


def test_a_photo_loses_its_place_and_camera_and_is_turned_upright(customer):
    upload = store_upload(file=sent(photo_with_place(), "rim.jpeg"), purpose="chat", user=customer)

    with Image.open(stored_path(upload)) as stored:
        assert not stored.getexif()
        assert "exif" not in stored.info
        assert stored.size == (30, 40)
    assert (upload.width, upload.height) == (30, 40)
    assert upload.name == "rim.jpg"
    assert upload.sha256 != upload.sent_sha256


def test_a_page_hidden_behind_a_picture_is_gone_after_re_encoding(customer):
    upload = store_upload(
        file=sent(picture("JPEG") + b"<script>alert(1)</script>" + eicar()), purpose="chat", user=customer
    )

    assert b"<script>" not in stored_path(upload).read_bytes()
    assert b"EICAR" not in stored_path(upload).read_bytes()


def test_a_truncated_picture_is_refused(customer):
    with pytest.raises(Invalid) as refusal:
        store_upload(file=sent(picture("JPEG", (400, 400))[:-200]), purpose="chat", user=customer)

    assert refusal.value.code == "image_broken"


def test_a_decompression_bomb_is_refused_before_its_pixels_are_decoded(customer):
    # A 30,000 x 30,000 picture of one colour: 900 million pixels in a few kilobytes.
    ihdr = (30_000).to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"
    rows = zlib.compress(b"\0" * 3_751 * 100)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
        for name, body in [(b"IHDR", ihdr), (b"IDAT", rows), (b"IEND", b"")]
    )

    with pytest.raises(Invalid) as refusal:
        store_upload(file=sent(data), purpose="chat", user=customer)

    assert refusal.value.code == "image_too_large"


def test_a_picture_over_ten_megabytes_is_refused_and_a_video_of_that_size_is_not(customer):
    with pytest.raises(Invalid) as refusal:
        store_upload(file=sent(pdf(b"x" * 10_500_000)), purpose="chat", user=customer)
    assert refusal.value.code == "file_too_large"

    data = webm() + b"\0" * 10_500_000
    assert store_upload(file=sent(data), purpose="chat", user=customer).size == len(data)


def test_a_guests_token_is_not_stored_and_a_file_has_one_sender(customer):
    upload = store_upload(file=sent(picture()), purpose="report", guest="secret-token")

    assert upload.owner is None
    assert "secret-token" not in upload.guest_hash
    with pytest.raises(ValueError):
        store_upload(file=sent(picture()), purpose="report", user=customer, guest="secret-token")


def test_the_twenty_first_file_in_a_minute_waits(customer, stranger):
    for _ in range(PER_MINUTE):
        store_upload(file=sent(b"a line"), purpose="chat", user=customer)

    with pytest.raises(RateLimited):
        store_upload(file=sent(b"a line"), purpose="chat", user=customer)
    assert store_upload(file=sent(b"a line"), purpose="chat", user=stranger)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\shot.PNG", "shot.png"),
        ("invoice\u202egnp.exe", "invoicegnp.exe.png"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie: x=1.png"),
        ("", "file.png"),
        ("...", "file.png"),
        ("茶碗.png", "茶碗.png"),
    ],
)
def test_names_are_made_safe_to_show(given, kept):
    assert clean_name(given, "png") == kept


def test_a_removed_upload_loses_its_bytes(customer, django_capture_on_commit_callbacks):
    upload = store_upload(file=sent(picture()), purpose="chat", user=customer)
    path = stored_path(upload)

    with django_capture_on_commit_callbacks(execute=True):
        remove_upload(upload=upload)

    assert not path.exists()


def test_bytes_without_a_row_are_swept_and_others_kept(customer):
    upload = store_upload(file=sent(picture()), purpose="chat", user=customer)
    lost = storage.incoming()
    lost.write_bytes(io.BytesIO(b"x").read())
    key = storage.keep(lost)

    removed = storage.sweep_orphans(lambda k: k == upload.storage_key, older_than_s=-1)

    assert removed == 1
    assert stored_path(upload).exists()
    assert not storage.path_of(key).exists()

import time_machine
from django.test import Client

from files import access
from files.models import Upload
from files.services import attach, scan_upload, signed_path, store_upload
from tests.files.conftest import picture, sent, webm


def stored(data: bytes | None = None, **sender) -> Upload:
    upload = store_upload(file=sent(data or picture(), "rim.png"), purpose="ticket", **sender)
    scan_upload(upload_id=upload.pk)
    return Upload.objects.get(pk=upload.pk)


def as_user(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_clean_file_comes_as_a_download_that_cannot_act(customer):
    upload = stored(user=customer)

    response = as_user(customer).get(signed_path(upload, user=customer))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'attachment; filename="rim.png"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert len(b"".join(response.streaming_content)) == upload.size


def test_a_quarantined_file_is_not_served(customer):
    upload = store_upload(file=sent(picture()), purpose="ticket", user=customer)

    assert as_user(customer).get(signed_path(upload, user=customer)).status_code == 409


def test_a_link_works_for_the_reader_it_was_made_for_only(customer, stranger):
    upload = stored(user=customer)
    link = signed_path(upload, user=customer)

    assert as_user(stranger).get(link).status_code == 404
    assert Client().get(link).status_code == 404
    assert as_user(stranger).get(signed_path(upload, user=stranger)).status_code == 404
    assert as_user(customer).get(link + "x").status_code == 404


def test_a_link_dies_after_a_quarter_of_an_hour(customer):
    upload = stored(user=customer)
    with time_machine.travel("2026-11-19T10:00:00Z"):
        link = signed_path(upload, user=customer)
    client = as_user(customer)
    with time_machine.travel("2026-11-19T10:16:00Z"):
        assert client.get(link).status_code == 404


def test_whoever_may_read_the_subject_may_read_its_files_until_that_ends(customer, stranger, monkeypatch):
    readers = {stranger.pk}
    monkeypatch.setitem(access._rules, "thing", lambda user, subject_id, guest: user.pk in readers)
    upload = stored(user=customer)
    attach(upload=upload, subject_kind="thing", subject_id=7)
    link = signed_path(upload, user=stranger)
    client = as_user(stranger)
    assert client.get(link).status_code == 200

    readers.clear()

    assert client.get(link).status_code == 404


def test_a_guest_reads_with_the_token_in_the_cookie(db):
    upload = stored(guest="a-guest-token")
    client = Client()
    link = signed_path(upload, guest="a-guest-token")
    assert client.get(link).status_code == 404

    client.cookies["guest"] = "a-guest-token"

    assert client.get(link).status_code == 200


def test_a_video_can_be_read_in_pieces(customer):
    upload = stored(webm() + b"0123456789", user=customer)
    link = signed_path(upload, user=customer)

    response = as_user(customer).get(link, headers={"range": f"bytes={upload.size - 10}-"})

    assert response.status_code == 206
    assert response.content == b"0123456789"
    assert response["Content-Range"] == f"bytes {upload.size - 10}-{upload.size - 1}/{upload.size}"


def test_rest_stores_tells_and_deletes(customer, stranger):
    client = as_user(customer)

    made = client.post("/api/v1/files/", {"file": sent(picture(), "a.png"), "purpose": "chat"})

    assert made.status_code == 201
    assert made.json()["state"] == "quarantined"
    assert made.json()["url"] is None
    where = f"/api/v1/files/{made.json()['id']}/"
    assert as_user(stranger).get(where).status_code == 404
    scan_upload(upload_id=Upload.objects.get().pk)
    assert client.get(client.get(where).json()["url"]).status_code == 200
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404


def test_rest_refuses_a_bad_file_with_words(customer):
    made = as_user(customer).post("/api/v1/files/", {"file": sent(b"<svg/>", "a.svg"), "purpose": "chat"})

    assert made.status_code == 400
    assert made.json()["code"] == "file_type"
    assert "JPEG" in made.json()["message"]


def test_an_attached_file_belongs_to_one_subject(customer):
    upload = stored(user=customer)
    attach(upload=upload, subject_kind="ticket", subject_id=1)
    attach(upload=upload, subject_kind="ticket", subject_id=1)

    response = as_user(customer).delete(f"/api/v1/files/{upload.public_id}/")

    assert response.status_code == 409

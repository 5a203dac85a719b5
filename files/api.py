"""REST of uploads, and the one door through which stored bytes leave.

A guest carries their token in a cookie that the page with the form has set (``guest``).
"""

import re
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views import View
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import SignedInApiRequest
from accounts.models import User
from core.errors import DomainError
from files.access import HELD, get_upload, seen_state, sees_whole
from files.models import Upload
from files.serializers import UploadInput, UploadOutput
from files.services import check_link, remove_upload, signed_path, store_upload, stored_path

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def upload_output(upload: Upload, user: User) -> dict[str, Any]:
    context = {"path_of": partial(signed_path, user=user), "is_whole": sees_whole(upload, user)}
    return UploadOutput(upload, context=context).data


class Uploads(APIView):
    """POST stores one file in quarantine and answers with its id."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=UploadInput, responses={201: UploadOutput})
    def post(self, request: SignedInApiRequest) -> Response:
        payload = UploadInput(data=request.data)
        payload.is_valid(raise_exception=True)
        upload = store_upload(user=request.user, **payload.validated_data)
        return Response(upload_output(upload, request.user), status=201)


class OneUpload(APIView):
    """GET says how the scan went, with a signed link; DELETE takes away a file that was not sent yet."""

    @extend_schema(responses=UploadOutput)
    def get(self, request: SignedInApiRequest, public_id: UUID) -> Response:
        return Response(upload_output(get_upload(request.user, public_id), request.user))

    @extend_schema(responses={204: None})
    def delete(self, request: SignedInApiRequest, public_id: UUID) -> Response:
        remove_upload(upload=get_upload(request.user, public_id))
        return Response(status=204)


@method_decorator(cache_control(private=True, max_age=300), name="dispatch")
class Download(View):
    """The bytes of a clean file for the one reader the link was signed for.

    Always as a download, with the stored type, ``nosniff`` and a sandbox, so a file can never act as a page.
    """

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponseBase:
        user = request.user if isinstance(request.user, User) else None
        guest = request.COOKIES.get("guest", "")
        try:
            check_link(public_id=public_id, signature=request.GET.get("s", ""), user=user, guest=guest)
            upload = get_upload(user, public_id, guest)
        except DomainError as refusal:
            return _plain(refusal.message, refusal.status)
        is_whole = sees_whole(upload, user, guest)
        state = seen_state(upload, is_whole=is_whole)
        if state == HELD:
            return _plain(gettext("This file is held back by an automatic check or a reviewer."), 403)
        if state != Upload.State.CLEAN:
            return _plain(gettext("This file is still being checked. Try again in a minute."), 409)
        return _send(request, upload, stored_path(upload, is_whole=is_whole))


def _plain(message: str, status: int) -> HttpResponse:
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")


def _send(request: HttpRequest, upload: Upload, path: Path) -> HttpResponseBase:
    size = path.stat().st_size
    file = path.open("rb")
    response: FileResponse | HttpResponse
    if span := _byte_range(request.headers.get("Range", ""), size):
        # Players of videos ask for pieces; one range at a time is what they use.
        start, end = span
        file.seek(start)
        response = HttpResponse(file.read(min(end - start + 1, 4 * 1024 * 1024)), status=206)
        end = start + len(response.content) - 1
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
        file.close()
    else:
        response = FileResponse(file)
        response["Content-Length"] = str(size)
    response["Accept-Ranges"] = "bytes"
    response["Content-Type"] = upload.content_type + (
        "; charset=utf-8" if upload.content_type == "text/plain" else ""
    )
    response["Content-Disposition"] = content_disposition_header(True, upload.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _byte_range(header: str, size: int) -> tuple[int, int] | None:
    match = _RANGE.match(header)
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    return (start, end) if start <= end < size else None

"""Checking transcripts: the published keys, and a page that does it in the browser or on the server."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chat.services.transcript_keys import public_keys
from chat.services.transcripts import published_keys, verify_bytes

MOST_BYTES = 20 * 1024 * 1024


@require_GET
def keys(request: HttpRequest) -> JsonResponse:
    """Every key that ever signed, the one in force first. Open to all, from any page."""
    rows = [
        {
            "key_id": key.key_id,
            "algorithm": "Ed25519",
            "public_key": key.public_key,
            "made_at": key.made_at.isoformat(timespec="seconds"),
            "retired_at": key.retired_at.isoformat(timespec="seconds") if key.retired_at else None,
        }
        for key in public_keys()
    ]
    return JsonResponse(
        {"keys": rows},
        headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"},
    )


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """With scripts the file stays in the browser; without, it is sent here, looked at and not kept."""
    context: dict[str, object] = {}
    file = request.FILES.get("file")
    if request.method == "POST":
        context = _check(file) if isinstance(file, UploadedFile) else {"error": _("Choose a file first.")}
    return render(request, "ops/verify.html", context, status=400 if "error" in context else 200)


def _check(file: UploadedFile) -> dict[str, object]:
    if (file.size or 0) > MOST_BYTES:
        return {"error": _("This file is too large to be a transcript.")}
    try:
        return {"name": file.name, "key_id": verify_bytes(file.read(), published_keys())}
    except ValueError:
        return {"name": file.name, "is_false": True}

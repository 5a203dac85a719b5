"""Answering with a signed transcript as a file."""

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.access import viewer_of
from chat.models import Conversation
from chat.services import rate_limits
from chat.services.transcripts import signed_text, signed_transcript
from core.errors import NotFound

RATE = rate_limits.Rate(per_second=0.2, burst=10)


def transcript_file(conversation: Conversation, *, user: User, ending: str) -> HttpResponse:
    """``ending``: "json" or "txt"."""
    rate_limits.take("transcript", user.pk, RATE)
    viewer, now = viewer_of(user, conversation), timezone.now()
    response: HttpResponse
    if ending == "json":
        document = signed_transcript(conversation, viewer, now=now)
        response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    elif ending == "txt":
        response = HttpResponse(
            signed_text(conversation, viewer, now=now), content_type="text/plain; charset=utf-8"
        )
    else:
        raise NotFound(_("No such file."))
    name = f"parley-{conversation.shop.slug}-{conversation.pk}-{now:%Y%m%d-%H%M}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response

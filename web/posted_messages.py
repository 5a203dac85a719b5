"""Sending from a plain form, for both sides: text, an answered message, files and a card, without scripts."""

from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from accounts.access import SignedInRequest
from chat.models import Conversation, Message
from chat.serializers import ATTACHMENTS, BODY_CHARS
from chat.services.messages import send_message
from core.errors import DomainError
from files.models import Upload
from files.services import store_upload


class MessageForm(forms.Form):
    """One message; ``client_ref`` makes sending the same form twice harmless. Files come beside it."""

    body = forms.CharField(max_length=BODY_CHARS, strip=True, required=False)
    client_ref = forms.UUIDField()
    reply_to = forms.IntegerField(min_value=1, required=False)
    card = forms.RegexField(r"^(order|product):[\w-]{1,80}$", required=False)

    def __init__(self, *args: Any, has_files: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].required = not (has_files or self.data.get("card"))


Form = TypeVar("Form", bound=MessageForm)


def message_form(request: HttpRequest, kind: type[Form]) -> Form:
    if request.method != "POST":
        return kind()
    return kind(request.POST, has_files=bool(posted_files(request)))


def posted_files(request: HttpRequest) -> list[UploadedFile]:
    return [file for file in request.FILES.getlist("files") if file]


def send_posted(*, request: SignedInRequest, conversation: Conversation, form: MessageForm) -> bool:
    """Send what a valid form holds. False: refused, and the form says why, file by file."""
    asked = form.cleaned_data
    if Message.objects.filter(
        conversation=conversation, author=request.user, client_ref=asked["client_ref"]
    ).exists():
        return True  # Sent before: a reload or a second press of the button.
    uploads = _store(request, form)
    if form.errors:
        return False
    try:
        send_message(
            conversation=conversation,
            author=request.user,
            body=asked["body"],
            client_ref=asked["client_ref"],
            reply_to=asked["reply_to"],
            card=_card(asked["card"]),
            attachments=[str(upload.public_id) for upload in uploads],
        )
    except DomainError as error:
        form.add_error("body", error.message)
        return False
    return True


def _store(request: SignedInRequest, form: MessageForm) -> list[Upload]:
    uploads = []
    for file in posted_files(request)[:ATTACHMENTS]:
        try:
            uploads.append(store_upload(file=file, purpose=Upload.Purpose.CHAT, user=request.user))
        except DomainError as error:
            form.add_error("body", f"{file.name}: {error.message}")
    return uploads


def _card(text: str) -> dict[str, Any] | None:
    kind, _colon, key = text.partition(":")
    return {"kind": kind, "key": key} if key else None

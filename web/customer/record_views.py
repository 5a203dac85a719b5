"""A customer's record of what was said: search, and transcripts to keep."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest
from chat.access import visible_conversations
from web.customer.own_chat import own_chat
from web.found_messages import search
from web.transcripts import transcript_file


@login_required
@require_GET
def search_messages(request: SignedInRequest) -> HttpResponse:
    """In all own chats, or in one with ``?in=ID``."""
    rows = visible_conversations(request.user).filter(customer=request.user)
    place = request.GET.get("in", "")
    conversation = own_chat(request, int(place)) if place.isascii() and place.isdigit() else None
    if conversation is not None:
        rows = rows.filter(pk=conversation.pk)
    results = search(request, rows, user=request.user)
    return render(request, "customer/search.html", {"results": results, "conversation": conversation})


@login_required
@require_GET
def transcript(request: SignedInRequest, pk: int, ending: str) -> HttpResponse:
    return transcript_file(own_chat(request, pk), user=request.user, ending=ending)

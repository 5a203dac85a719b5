"""The customer's own conversation, for every page about it."""

from django.utils.translation import gettext as _

from accounts.access import SignedInRequest
from chat.access import get_conversation
from chat.models import Conversation
from core.errors import NotFound


def own_chat(request: SignedInRequest, pk: int) -> Conversation:
    """``NotFound`` for whoever is not its customer, shop members included."""
    conversation = get_conversation(request.user, pk)
    if conversation.customer_id != request.user.pk:
        raise NotFound(_("No such conversation."))
    return conversation

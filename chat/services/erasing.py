"""What a customer wrote goes when the person is erased; that and when they wrote stays, for the figures."""

from django.db import transaction

from chat.models import Conversation, Message, Note
from compliance.models import Case


def has_chat_under_review(user_id: int) -> bool:
    """Whether a case that is not decided rests on one of this customer's chats."""
    chats = Conversation.objects.filter(customer=user_id).values("pk")
    return Case.objects.filter(status__in=Case.OPEN_STATES, conversation_id__in=chats).exists()


@transaction.atomic
def erase_words(user_id: int) -> int:
    """Empty what this person wrote as a customer. What shops wrote is theirs and stays. Returns how many."""
    chats = Conversation.objects.filter(customer=user_id)
    ids = list(chats.select_for_update().order_by("pk").values_list("pk", flat=True))
    mine = Message.objects.filter(conversation__in=ids, author_kind=Message.AuthorKind.CUSTOMER)
    count = mine.update(body="", card=None, mask_spans=[])
    chats.update(last_preview="")
    # What members noted about the person is about nobody any more.
    Note.objects.filter(conversation__in=ids).delete()
    return count

"""What one would write first: a task for each message, one transaction and one call of the engine each.

The baseline of ``make bench-scan``. The worker is told of this module with ``--include``.
"""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from chat.models import Message, MessageScan
from chat.services.messages import sender_of
from chat.services.scanning import subject_of
from compliance.engine.context import Context, Turn
from compliance.engine.pipeline import scan
from compliance.services.findings import record_findings

HISTORY = 8


@shared_task(name="bench.scan.naive.scan_one")
@transaction.atomic
def scan_one(message_id: int) -> None:
    row = MessageScan.objects.select_for_update().get(message=message_id)
    message = Message.objects.select_related("conversation__shop", "conversation__customer").get(
        pk=message_id
    )
    conversation = message.conversation
    earlier = Message.objects.filter(conversation=conversation, seq__lt=message.seq).order_by("-seq")[
        :HISTORY
    ]
    context = Context(
        sender=sender_of(message.author_kind),
        history=tuple(Turn(sender_of(each.author_kind), each.body) for each in reversed(earlier)),
        customer_name=str(conversation.customer),
        shop_name=conversation.shop.name,
    )
    result = scan(message.body, context)
    if result.findings:
        record_findings(subject=subject_of(message), screening=result)
    row.state, row.finished_at = MessageScan.State.DONE, timezone.now()
    row.save()

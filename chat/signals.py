"""Facts that chat announces upwards."""

from django.dispatch import Signal

# message_id, conversation_id, author_kind: sent inside the transaction that stores the message.
message_stored = Signal()

"""Facts that chat announces upwards."""

from django.dispatch import Signal

# messages: a list of (message id, conversation id, author kind), all of one transaction that is still open.
# One signal a batch, so that a receiver costs the hot path one query, not one for each message.
messages_stored = Signal()

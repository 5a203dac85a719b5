"""Chat's tables, one file per family; import them from ``chat.models``."""

from chat.models.conversations import Conversation, Receipt, StreamEpoch
from chat.models.messages import Change, Message
from chat.models.scans import MessageScan

__all__ = ["Change", "Conversation", "Message", "MessageScan", "Receipt", "StreamEpoch"]

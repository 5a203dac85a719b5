"""Chat's tables, one file per family; import them from ``chat.models``."""

from chat.models.conversations import Conversation, Receipt, StreamEpoch
from chat.models.hours import HoursVersion, ShopSpan
from chat.models.messages import Change, Message
from chat.models.rule_packs import RulePackVersion, ShopRulePack
from chat.models.saved_replies import SavedReply
from chat.models.scans import MessageScan
from chat.models.sessions import Session, SessionMark

__all__ = [
    "Change",
    "Conversation",
    "HoursVersion",
    "Message",
    "MessageScan",
    "Receipt",
    "RulePackVersion",
    "SavedReply",
    "Session",
    "SessionMark",
    "ShopRulePack",
    "ShopSpan",
    "StreamEpoch",
]

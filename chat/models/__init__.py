"""Chat's tables, one file per family; import them from ``chat.models``."""

from chat.models.auto_replies import AutoReply, AutoReplyMark, AutoReplySent, FaqEntry
from chat.models.conversations import Conversation, Receipt, StreamEpoch
from chat.models.hours import HoursVersion, ShopSpan
from chat.models.messages import Change, Message
from chat.models.rule_packs import RulePackVersion, ShopRulePack
from chat.models.saved_replies import SavedReply
from chat.models.scans import MessageScan
from chat.models.sessions import Session, SessionMark
from chat.models.silences import ShopSilence

__all__ = [
    "AutoReply",
    "AutoReplyMark",
    "AutoReplySent",
    "Change",
    "Conversation",
    "FaqEntry",
    "HoursVersion",
    "Message",
    "MessageScan",
    "Receipt",
    "RulePackVersion",
    "SavedReply",
    "Session",
    "SessionMark",
    "ShopRulePack",
    "ShopSilence",
    "ShopSpan",
    "StreamEpoch",
]

"""Chat's tables, one file per family; import them from ``chat.models``."""

from chat.models.auto_replies import AutoReply, AutoReplyMark, AutoReplySent, FaqEntry
from chat.models.blocks import Block, Mute
from chat.models.consents import SmsConsent
from chat.models.conversations import Conversation, Receipt, StreamEpoch
from chat.models.corrections import Correction
from chat.models.desks import BulkStep, Desk, LastSeen
from chat.models.hours import HoursVersion, ShopSpan
from chat.models.labels import ConversationLabel, Label
from chat.models.messages import Change, Message
from chat.models.notes import Note
from chat.models.notice_settings import NoticeSettings, UnreadMail
from chat.models.ratings import Rating
from chat.models.rescans import Rescan, RescanChange
from chat.models.rule_packs import RulePackVersion, ShopRulePack
from chat.models.saved_replies import SavedReply
from chat.models.scans import MessageScan
from chat.models.search import SearchWord
from chat.models.sessions import Session, SessionMark
from chat.models.silences import ShopSilence
from chat.models.transcripts import TranscriptKey

__all__ = [
    "AutoReply",
    "AutoReplyMark",
    "AutoReplySent",
    "Block",
    "BulkStep",
    "Change",
    "Conversation",
    "ConversationLabel",
    "Correction",
    "Desk",
    "FaqEntry",
    "HoursVersion",
    "Label",
    "LastSeen",
    "Message",
    "MessageScan",
    "Mute",
    "Note",
    "NoticeSettings",
    "Rating",
    "Receipt",
    "Rescan",
    "RescanChange",
    "RulePackVersion",
    "SavedReply",
    "SearchWord",
    "Session",
    "SessionMark",
    "ShopRulePack",
    "ShopSilence",
    "ShopSpan",
    "SmsConsent",
    "StreamEpoch",
    "TranscriptKey",
    "UnreadMail",
]

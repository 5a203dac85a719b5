from tickets.models.articles import (
    Article,
    ArticleText,
    ArticleVote,
    Deflection,
    SearchLog,
    SearchWord,
    Topic,
)
from tickets.models.categories import (
    AnswerTemplate,
    AutomationRule,
    Category,
    FormField,
    Team,
    TeamMember,
)
from tickets.models.intake import Feedback, InboundMail, SavedView, TicketDraft
from tickets.models.slas import SlaPolicy, SupportCalendar
from tickets.models.tickets import (
    GuestPass,
    HiddenEvent,
    Pause,
    Rating,
    RuleRun,
    Ticket,
    TicketEvent,
)

__all__ = [
    "AnswerTemplate",
    "Article",
    "ArticleText",
    "ArticleVote",
    "AutomationRule",
    "Category",
    "Deflection",
    "Feedback",
    "FormField",
    "GuestPass",
    "HiddenEvent",
    "InboundMail",
    "Pause",
    "Rating",
    "RuleRun",
    "SavedView",
    "SearchLog",
    "SearchWord",
    "SlaPolicy",
    "SupportCalendar",
    "Team",
    "TeamMember",
    "Ticket",
    "TicketDraft",
    "TicketEvent",
    "Topic",
]

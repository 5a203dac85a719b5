"""The demo's support desk: who works in which team, and tickets in every state."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from accounts.models import User
from shops.models import Order
from tickets.models import Article, Category, Team, TeamMember, Ticket
from tickets.services import conversation
from tickets.services.reference_data import sync_articles, sync_categories
from tickets.services.submit import Submission, submit_ticket


@dataclass(frozen=True)
class Story:
    """One ticket: what was sent, and what the desk did with it."""

    key: str
    category: str
    subject: str
    text: str
    impact: str = "hindered"
    error: str = ""
    answer: str = ""
    then: str = "open"
    score: int = 0
    guest: str = ""


# Sam answers first, Sofia takes what was escalated and what comes in Chinese or Arabic too.
SKILLS: dict[str, dict[str, object]] = {
    "sam": {"languages": ["es"], "tier": 1},
    "sofia": {"languages": ["es", "zh-hans", "ar"], "tier": 2},
}

STORIES = [
    Story(
        "gift-card",
        "payment-declined",
        "Gift card is taken off at checkout",
        "The gift card is taken off again on the last step, so I can't pay with it.",
        "blocked",
        error="PAY-3021: gift card could not be applied",
    ),
    Story(
        "refund",
        "returns-refund",
        "Where is my refund?",
        "The shop agreed to the refund last week. I don't see it at my bank.",
        "question",
        answer="It left us on Monday. Banks need three to five business days to show it.",
        then="solved",
        score=5,
    ),
    Story(
        "photos",
        "technical-chat",
        "Photos stay at “being checked”",
        "Since this morning every photo I send stays at being checked.",
        answer="Which phone is it, and what does the name of the photo end with?",
        then="waiting_customer",
    ),
    Story(
        "transfer",
        "report-paid-elsewhere",
        "A shop asks for a bank transfer",
        "They say the price is better if I pay by transfer, and sent me an account number.",
        "money",
        guest="Gus Guest",
    ),
    Story(
        "hacked",
        "account-hacked",
        "Two orders that were not me",
        "I see two orders from last night that I did not make. My password still works.",
        "danger",
    ),
    Story(
        "address",
        "account-profile",
        "Change my e-mail address",
        "I lose my old mailbox at the end of the month and want another address.",
        "question",
        answer="You can do it yourself under Profile, E-mail addresses. Tell me if it does not work.",
        then="solved",
        score=4,
    ),
]


def open_desk(people: dict[str, User]) -> None:
    """Teams for the two agents, and every story once; running it again adds what is missing."""
    if not Team.objects.exists():  # `manage.py prepare` has done so on most.
        sync_categories()
    if not Article.objects.exists():
        sync_articles()
    for person, skills in SKILLS.items():
        for team in Team.objects.filter(is_active=True):
            TeamMember.objects.get_or_create(team=team, user=people[person], defaults=skills)
    for story in STORIES:
        _tell(story, people)


def _tell(story: Story, people: dict[str, User]) -> None:
    customer, agent = people["priya"], people["sam"]
    details = {"error_message": story.error} if story.error else {}
    result = submit_ticket(
        Submission(
            submit_ref=uuid5(NAMESPACE_URL, f"parley-demo-ticket:{story.key}"),
            category=Category.objects.get(code=story.category),
            subject=story.subject,
            description=story.text,
            user=None if story.guest else customer,
            guest_email="gus@example.org" if story.guest else "",
            guest_name=story.guest,
            language=customer.language,
            time_zone=customer.time_zone,
            impact=story.impact,
            details=details,
            device={"device": "Pixel 9", "os": "Android 16", "app": "Parley 8.4.1"} if story.error else {},
            order=Order.objects.filter(customer=customer).order_by("-placed_at").first(),
        )
    )
    if result.duplicate or not story.answer:
        return
    conversation.reply(ticket=result.ticket, agent=agent, body=story.answer, then=story.then)
    if story.score:
        solved = Ticket.objects.get(pk=result.ticket.pk)
        conversation.rate(ticket=solved, score=story.score, author=customer)

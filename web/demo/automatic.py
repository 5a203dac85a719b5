"""The demo shops' automatic replies and questions with an answer ready."""

from datetime import datetime

from accounts.models import User
from chat.models import AutoReply, FaqEntry
from chat.services.auto_reply_texts import FaqText, ReplyText, save_auto_reply, save_faq
from chat.services.hours import switch_faq_replies
from shops.models import Shop

# shop, who saves them, texts, questions
AUTOMATIC: list[tuple[str, str, list[ReplyText], list[FaqText]]] = [
    (
        "northfield-ceramics",
        "ana",
        [
            ReplyText(
                "greeting",
                "",
                "Hello {customer}, thank you for writing to {shop}. A person answers by {answer_by}.",
            ),
            ReplyText(
                "away",
                "",
                "Hello {customer}, the studio is closed and opens {opens}. We answer by {answer_by}.",
            ),
            ReplyText("away", "es", "Hola {customer}: el taller está cerrado y abre {opens}."),
            ReplyText("holiday", "", "The kilns are cold until {back}. Your message waits for us."),
        ],
        [
            FaqText(
                "When does my order ship?",
                "Within two working days. You get the tracking number here as soon as the carrier has it.",
                ("shipping", "ship", "delivery time", "envío", "发货"),
            ),
            FaqText(
                "Is the stoneware dishwasher safe?",
                "Yes, all of it unless the card in the parcel says otherwise.",
                ("dishwasher", "lavavajillas"),
            ),
            FaqText(
                "How do I send something back?",
                "Within 30 days: open the order, choose Return, and the label is printed for you.",
                ("return", "send back", "refund", "devolución"),
            ),
        ],
    ),
    (
        "casa-nopal",
        "rosa",
        [ReplyText("greeting", "", "¡Hola, {customer}! Gracias por escribir a {shop}.")],
        [
            FaqText(
                "¿Cuánto tarda el envío?", "De tres a cinco días hábiles.", ("envío", "entrega", "shipping")
            )
        ],
    ),
]


def keep_automatic_replies(people: dict[str, User], now: datetime) -> None:
    """Give two shops their texts and questions; a shop that has any keeps its own."""
    for slug, person, texts, questions in AUTOMATIC:
        shop = Shop.objects.filter(slug=slug).first()
        if shop is None or AutoReply.objects.filter(shop=shop).exists():
            continue
        for text in texts:
            save_auto_reply(shop=shop, text=text, actor=people[person])
        if not FaqEntry.objects.filter(shop=shop).exists():
            for question in questions:
                save_faq(shop=shop, text=question, actor=people[person])
        switch_faq_replies(shop=shop, actor=people[person], on=True, now=now)

"""The demo marketplace's present: opening hours, and chats that wait for an answer right now."""

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from accounts.models import User
from chat.models import Conversation, Label, SavedReply
from chat.services.assigning import assign_by_hand
from chat.services.conversations import open_conversation
from chat.services.hours import set_hours
from chat.services.labels import attach, save_label
from chat.services.messages import send_message
from chat.services.notes import write_note
from chat.services.saved_replies import save_reply
from chat.services.snoozing import mark_no_answer_needed
from core.business_hours import Period, read_periods
from shops.models import Order, Product, Shop
from web.demo.history import WEEKS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Lists of coprime length, so that every pair is met before one comes twice.
FIRST_NAMES = [
    "Grace",
    "Jules",
    "Mateo",
    "Hannah",
    "Ken",
    "Amara",
    "Noor",
    "Silvia",
    "Pavel",
    "Ines",
    "Theo",
    "Wanjiru",
    "Aiko",
    "Bruno",
    "Leila",
    "Oscar",
    "Marta",
    "Dylan",
    "Yusuf",
    "Elena",
    "Kofi",
    "Rina",
    "Stefan",
]
LAST_NAMES = [
    "Lindholm",
    "Martin",
    "Silva",
    "Weiss",
    "Abara",
    "Castillo",
    "Rahman",
    "Novak",
    "Ito",
    "Brandt",
    "Mwangi",
    "Costa",
    "Haddad",
    "Olsen",
    "Quinn",
    "Moreau",
    "Petrova",
    "Tran",
    "Keller",
]

# customer, shop, order number or product slug (either may be empty), turns of (person, text)
LIVE_CHATS: list[tuple[str, str, str, str, list[tuple[str, str]]]] = [
    (
        "tom",
        "northfield-ceramics",
        "48197-2251",
        "",
        [
            ("tom", "Hello, do the chalk plates stack with the old series? I have eight of those."),
            ("carla", "Hi Tom, they do: the foot ring is the same. The white is a touch warmer, though."),
            ("tom", "Warmer is fine. Thanks!"),
        ],
    ),
    (
        "priya",
        "northfield-ceramics",
        "48197-2204",
        "",
        [
            ("priya", "Hi, one mug of my set arrived with a chip, opposite the handle."),
            ("priya", "Can you send a single one, or does the whole set go back?"),
        ],
    ),
    (
        "priya",
        "velvet-harbor",
        "60311-8852",
        "",
        [
            ("priya", "Does the scarf come in a box? It is a present."),
            ("mei", "Yes, a flat gift box. Write me on WhatsApp +1 909 555 0131 and I send you photos."),
        ],
    ),
    (
        "tom",
        "lumen-and-oak",
        "51022-0466",
        "desk-lamp",
        [("tom", "Does the desk lamp run on 230 volts? I am moving back to London in spring.")],
    ),
    (
        "lucia",
        "casa-nopal",
        "70455-1130",
        "",
        [("lucia", "Hola, ¿el jabón de avena sirve para piel muy seca? ¿Y cuánto dura una barra?")],
    ),
]


def set_demo_hours(entries: list[dict[str, Any]], people: dict[str, User], now: datetime) -> None:
    """Give the shops their hours from before the first chat of the history on."""
    for entry in entries:
        shop = Shop.objects.get(slug=entry["slug"])
        if not entry["hours"] or shop.hours_versions.exists():
            continue
        set_hours(
            shop=shop,
            actor=people[next(iter(entry["team"]))],
            time_zone=entry["time_zone"],
            weekly=[_periods(entry["hours"].get(day, [])) for day in WEEKDAYS],
            exceptions={},
            now=now - timedelta(weeks=WEEKS + 1),
        )


SAVED_REPLIES = [
    (
        "replace",
        "Replacement is on its way",
        "Hi {customer}, a new {product} goes out today, free of charge. The tracking number follows here.",
    ),
    (
        "report-photo",
        "Photo for the carrier",
        "{customer}, could you add a photo of the parcel, please?",
    ),
    ("ship-time", "When it ships", "Order {order} ships within two working days; the tracking follows here."),
    ("thanks", "Thanks for writing", "Thank you for writing to {shop}, {customer}. Is there anything else?"),
]


def keep_saved_replies(entries: list[dict[str, Any]], people: dict[str, User]) -> None:
    """Give every shop of the demo a few replies to start with."""
    for entry in entries:
        shop = Shop.objects.get(slug=entry["slug"])
        if SavedReply.objects.filter(shop=shop).exists():
            continue
        for shortcut, title, body in SAVED_REPLIES:
            by = people[next(iter(entry["team"]))]
            save_reply(shop=shop, shortcut=shortcut, title=title, body=body, by=by)


LABELS = [("Damaged", "red"), ("Gift", "violet"), ("Before buying", "blue"), ("Waiting for carrier", "amber")]


def set_up_desks(entries: list[dict[str, Any]], people: dict[str, User]) -> None:
    """Labels for every shop with a team, and in the first one a thread as a team leaves it behind."""
    for entry in entries:
        shop = Shop.objects.get(slug=entry["slug"])
        if Label.objects.filter(shop=shop).exists():
            continue
        owner = people[next(iter(entry["team"]))]
        for name, colour in LABELS:
            save_label(shop=shop, by=owner, name=name, colour=colour)
    _work_on_priyas_mug(people)


def _work_on_priyas_mug(people: dict[str, User]) -> None:
    row = Conversation.objects.filter(
        shop__slug="northfield-ceramics", customer=people["priya"], external_id=None
    ).first()
    if row is None or row.notes.exists():
        return
    labels = Label.objects.filter(shop=row.shop)
    attach(conversation=row, label=labels.get(name="Damaged"), by=people["carla"])
    write_note(
        conversation=row,
        author=people["carla"],
        body="Same kiln batch as two others this week (K-114). 11 single mugs left in bin 4.",
    )
    assign_by_hand(
        conversation=row,
        to_id=people["ben"].pk,
        by=people["carla"],
        note="She asks for a single mug; that needs your yes.",
    )
    tom = Conversation.objects.filter(
        shop__slug="northfield-ceramics", customer=people["tom"], external_id=None
    ).first()
    if tom is not None:
        mark_no_answer_needed(conversation=tom, on=True)


def name_past_customers() -> None:
    """The importer calls a customer after the chat; in a demo, people have names."""
    customers = User.objects.filter(conversations__external_id__startswith="demo-").order_by("pk").distinct()
    renamed = []
    for index, customer in enumerate(customers):
        first, last = FIRST_NAMES[index % len(FIRST_NAMES)], LAST_NAMES[index % len(LAST_NAMES)]
        customer.display_name = f"{first} {last}"
        renamed.append(customer)
    User.objects.bulk_update(renamed, ["display_name"])


def _periods(written: list[str]) -> tuple[Period, ...]:
    """``["09:00-12:00"]`` as the hours service wants it."""
    return read_periods([period.split("-") for period in written])


def open_live_chats(people: dict[str, User], shops: dict[str, Shop]) -> None:
    """Write each live chat through the ordinary send; repeating it stores nothing twice."""
    for customer, shop_slug, number, product_slug, turns in LIVE_CHATS:
        shop = shops[shop_slug]
        conversation = open_conversation(
            customer=people[customer],
            shop=shop,
            order=Order.objects.filter(number=number).first(),
            product=Product.objects.filter(shop=shop, slug=product_slug).first(),
        )
        for index, (person, text) in enumerate(turns):
            send_message(
                conversation=conversation,
                author=people[person],
                body=text,
                client_ref=uuid5(NAMESPACE_URL, f"demo/{shop_slug}/{customer}/{index}"),
            )

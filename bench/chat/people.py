"""Shops, customers, conversations and logins for the load on ours. Import after ``django.setup()``."""

from uuid import uuid4

from accounts.models import User
from bench.chat.load import Seat
from chat.models import Conversation
from chat.services.replay import session_for
from shops.models import Shop, ShopMember


def _person(email: str) -> User:
    user, _ = User.objects.get_or_create(email=email, defaults={"display_name": email.partition("@")[0]})
    return user


def seats_for(pairs: int) -> list[Seat]:
    """A customer's and a seller's seat for each conversation, every conversation in a shop of its own.

    As in the tutorial's rooms two people hear each message; ``replay`` conversations know no rate limit.
    """
    round_name = f"bench-{uuid4()}"  # The baselines start each round with an empty table, too.
    seats = []
    for number in range(pairs):
        shop, _ = Shop.objects.get_or_create(slug=f"bench-{number}", defaults={"name": f"Bench {number}"})
        customer = _person(f"bench-customer-{number}@bench.invalid")
        seller = _person(f"bench-seller-{number}@bench.invalid")
        ShopMember.objects.get_or_create(shop=shop, user=seller, defaults={"role": "agent"})
        conversation, _ = Conversation.objects.get_or_create(
            shop=shop,
            external_id=round_name,
            defaults={"customer": customer, "origin": Conversation.Origin.REPLAY},
        )
        for user in (customer, seller):
            headers = {"Cookie": f"sessionid={session_for(user)}"}
            seats.append(Seat("/ws/v1/", headers, conversation.pk))
    return seats


def sessions_for(people: int) -> list[str]:
    return [session_for(_person(f"bench-idle-{number}@bench.invalid")) for number in range(people)]

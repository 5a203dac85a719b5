"""The record of SMS opt-ins: a shop may send a customer SMS only while one stands."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from chat.models import Conversation, SmsConsent
from core.errors import Conflict, Invalid, NotFound
from notifications.services import notify
from shops.models import Order, Shop

MOST_WORDS = 1_000
RECORDED = "sms_consent_recorded"


def standing_pairs(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these (shop id, customer id) for which an opt-in stands now. One query."""
    wanted = set(pairs)
    rows = SmsConsent.objects.filter(
        shop_id__in={shop for shop, _ in wanted},
        customer_id__in={customer for _, customer in wanted},
        revoked_at=None,
    )
    return wanted & set(rows.values_list("shop_id", "customer_id"))


@transaction.atomic
def give(*, shop: Shop, customer: User, words: str) -> SmsConsent:
    """The customer agrees here, to the words that stood on the page. Agreeing twice changes nothing."""
    if not Conversation.objects.filter(shop=shop, customer=customer).exists():
        raise NotFound(_("You have no conversation with this shop."))
    standing = SmsConsent.objects.filter(shop=shop, customer=customer, revoked_at=None).first()
    if standing is not None:
        return standing
    return _keep(shop, customer, words, SmsConsent.Source.CUSTOMER, timezone.now(), by=customer)


@transaction.atomic
def record_from_elsewhere(
    *, shop: Shop, order_number: str, words: str, given_at: datetime, by: User
) -> SmsConsent:
    """The shop records what the buyer of this order agreed to elsewhere. The customer hears of it at once."""
    orders = Order.objects.filter(shop=shop, number=order_number.strip(), customer__is_active=True)
    order = orders.select_related("customer").first()
    if order is None:
        raise NotFound(_("No order of your shop has this number."))
    if given_at > timezone.now():
        raise Invalid(_("Consent can't be given in the future."), code="given_later")
    consent = _keep(shop, order.customer, words, SmsConsent.Source.SHOP, given_at, by=by)
    notify(
        user_ids=[order.customer_id],
        kind=RECORDED,
        subject_key=f"sms_consent:{consent.pk}",
        context={"shop": shop.name, "words": consent.words},
        url=reverse("account:sms"),
    )
    return consent


@transaction.atomic
def revoke(*, consent: SmsConsent, by: User) -> None:
    """Take it back, by the customer or for them by the shop. Doing it again changes nothing."""
    row = SmsConsent.objects.select_for_update().get(pk=consent.pk)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = timezone.now(), by
    row.save(update_fields=["revoked_at", "revoked_by"])
    _audit("sms_consent.revoked", row, by)


@transaction.atomic
def end_of_person(user_id: int) -> int:
    """An erased person gets no SMS any more: what stands ends, and the words, which may name a number, go.

    That and when they agreed stays: until then the shop was allowed to write. Returns how many ended.
    """
    mine = SmsConsent.objects.select_for_update().filter(customer=user_id).order_by("pk")
    standing = [row.pk for row in mine if row.revoked_at is None]
    SmsConsent.objects.filter(pk__in=standing).update(revoked_at=timezone.now())
    SmsConsent.objects.filter(customer=user_id).update(words="")
    return len(standing)


def _keep(shop: Shop, customer: User, words: str, source: str, given_at: datetime, *, by: User) -> SmsConsent:
    words = words.strip()
    if not words:
        raise Invalid(_("Write the words that the customer agreed to."), code="words_missing")
    try:
        with transaction.atomic():
            consent = SmsConsent.objects.create(
                shop=shop,
                customer=customer,
                words=words[:MOST_WORDS],
                source=source,
                given_at=given_at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(_("This customer has agreed already."), code="already_given") from None
    _audit("sms_consent.given", consent, by)
    return consent


def _audit(action: str, consent: SmsConsent, by: User) -> None:
    record(
        action=action,
        actor=by,
        target_type="sms_consent",
        target_id=consent.pk,
        changes={"shop": consent.shop_id, "customer": consent.customer_id, "source": consent.source},
    )

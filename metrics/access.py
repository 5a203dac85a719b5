"""Who may read which dispute."""

from django.utils.translation import gettext_lazy as _

from accounts.access import REVIEWERS, require_staff
from accounts.models import User
from core.errors import NotFound
from metrics.models import Dispute
from shops.access import get_shop
from shops.capabilities import Capability

_ABOUT = ("shop", "conversation__customer", "filed_by", "answered_by")


def get_shop_dispute(user: User, slug: str, reference: str) -> Dispute:
    shop = get_shop(user, slug, Capability.READ_PERFORMANCE)
    dispute = Dispute.objects.select_related(*_ABOUT).filter(shop=shop, reference=reference).first()
    if dispute is None:
        raise NotFound(_("No such dispute."))
    return dispute


def get_staff_dispute(user: User, reference: str) -> Dispute:
    require_staff(user, *REVIEWERS)
    dispute = Dispute.objects.select_related(*_ABOUT).filter(reference=reference).first()
    if dispute is None:
        raise NotFound(_("No such dispute."))
    return dispute

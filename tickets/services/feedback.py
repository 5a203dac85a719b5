"""Ideas and remarks, apart from tickets."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import RateLimited
from tickets.models import Feedback


def store_feedback(*, body: str, about: str, user: User | None, page: str, language: str) -> Feedback:
    """Keep one remark; the same words twice in a row are kept once."""
    last = Feedback.objects.order_by("-pk").first()
    if last and last.body == body and last.user_id == (user.pk if user else None):
        return last
    if user and Feedback.objects.filter(user=user).count() >= 500:
        raise RateLimited(_("Thank you, we have a lot to read from you already."), code="feedback_many")
    return Feedback.objects.create(user=user, about=about[:20], body=body, page=page[:300], language=language)

"""What the pages of automatic replies and of questions send, and the hint before a text is kept."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import AutoReply
from chat.models.auto_replies import QUESTION_CHARS, TEXT_CHARS
from chat.serializers import screening_json
from chat.services.auto_reply_texts import screening_of
from core.errors import DomainError
from shops.models import Shop
from web.seller.hours_forms import WallTimeField

KIND_WORDS = {
    AutoReply.Kind.GREETING: _("Greeting: after a first message while you are open"),
    AutoReply.Kind.AWAY: _("Away: after a message outside your hours"),
    AutoReply.Kind.HOLIDAY: _("Holiday: after a message in holiday mode"),
}
KEYWORDS_CHARS = 1_400


def languages() -> list[tuple[str, Any]]:
    return [("", gettext("Everybody without a text of their own language")), *settings.LANGUAGES]


class FixHint(forms.Form):
    """``accepted`` names the text whose hint the person has read and wants to keep as it is."""

    accepted = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)

    def texts(self) -> str:
        raise NotImplementedError

    def hint(self, shop: Shop) -> dict[str, Any] | None:
        """What the rules say to the text; None if nothing, or if the person has read it and insists."""
        text = self.texts()
        screening = screening_of(shop, text)
        name = blake2b(text.encode(), digest_size=16).hexdigest()
        if not screening.findings or (not screening.must_withhold and self.cleaned_data["accepted"] == name):
            return None
        once = {found["policy"]: found for found in screening_json(screening)["findings"]}
        return {"findings": list(once.values()), "name": name, "must_withhold": screening.must_withhold}


def kept(
    form: FixHint, shop: Shop, save: Callable[[], object], *, error_field: str | None = None
) -> tuple[bool, dict[str, Any] | None]:
    """(whether the form's text was saved, the hint if there is one to show first).

    ``save`` may refuse with a ``DomainError``, which is shown at ``error_field`` (None: above the form).
    """
    if not form.is_valid():
        return False, None
    if hint := form.hint(shop):
        return False, hint
    try:
        save()
    except DomainError as refusal:
        form.add_error(error_field, refusal.message)
        return False, None
    return True, None


class AutoReplyForm(FixHint):
    kind = forms.ChoiceField(label=_("Type"), choices=list(KIND_WORDS.items()))
    language = forms.ChoiceField(label=_("Language"), required=False, choices=languages)
    body = forms.CharField(
        label=_("Text"),
        max_length=TEXT_CHARS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "{customer} and {shop} are filled in, and so are {opens}, {answer_by} and {back}:"
            " times on the customer’s own clock."
        ),
    )
    enabled_from = WallTimeField(label=_("Send from"), required=False)
    enabled_until = WallTimeField(label=_("Send until"), required=False)
    is_enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def texts(self) -> str:
        text: str = self.cleaned_data["body"]
        return text


class FaqForm(FixHint):
    question = forms.CharField(
        label=_("Question"), max_length=QUESTION_CHARS, help_text=_("As a customer would put it.")
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=TEXT_CHARS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("{customer}, {shop}, {opens} and {answer_by} are filled in."),
    )
    keywords = forms.CharField(
        label=_("Keywords"),
        required=False,
        max_length=KEYWORDS_CHARS,
        help_text=_(
            "Parted by commas, in every language your customers write. Whole words count;"
            " in words of five letters and more a typo does no harm."
        ),
    )
    language = forms.ChoiceField(label=_("For customers who read"), required=False, choices=languages)
    has_button = forms.BooleanField(
        label=_("Offer it as a button before the customer writes"), required=False, initial=True
    )
    is_enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def clean_keywords(self) -> tuple[str, ...]:
        text: str = self.cleaned_data["keywords"]
        for comma in "，、;\n":
            text = text.replace(comma, ",")
        return tuple(word.strip() for word in text.split(",") if word.strip())

    def texts(self) -> str:
        return f"{self.cleaned_data['question']}\n{self.cleaned_data['answer']}"


class TryForm(forms.Form):
    """The try-out box: what a customer might write."""

    text = forms.CharField(
        label=_("Type what a customer would write"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

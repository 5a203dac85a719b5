"""The ticket form, made from the category's questions, and the small forms around it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shops.models import Order
from tickets.models import Category
from tickets.selectors import Question, questions_of
from tickets.services.drafts import DESCRIPTION, LINE, LONG

MAX_FILES = 6

IMPACTS = [
    ("blocked", _("I can't go on at all")),
    ("money", _("I am losing money")),
    ("danger", _("Somebody's safety is at risk")),
    ("hindered", _("It is annoying, but I can go on")),
    ("question", _("It is just a question")),
]

_CARD = re.compile(r"(?:\d[ -]?){13,19}")


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; each is checked when it is stored."""

    widget = ManyFiles(
        attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf,video/mp4,video/webm,text/plain"}
    )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(item, initial) for item in files if item]


class TicketForm(forms.Form):
    """Title and description, then what the category asks, then device and where to answer."""

    subject = forms.CharField(
        label=_("In one line, what is it about?"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("What happened?"),
        help_text=_("In your own words. Please leave out card numbers and passwords, we never ask for them."),
        max_length=DESCRIPTION,
        min_length=10,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(
        self,
        *args: Any,
        category: Category,
        is_guest: bool,
        orders: list[Order],
        extra_choices: dict[str, list[tuple[str, str]]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.category = category
        self.questions = questions_of(category)
        for question in self.questions:
            self.fields[question.key] = _field(question, orders, (extra_choices or {}).get(question.key))
        if chats := (extra_choices or {}).get("conversation"):
            self.fields["conversation"] = forms.ChoiceField(
                label=_("Conversations"), choices=[("", "—"), *chats]
            )
        self.fields["impact"] = forms.ChoiceField(
            label=_("How much does it affect you?"), choices=[("", "—"), *IMPACTS], required=False
        )
        self.fields["files"] = FilesField(
            label=_("Pictures, a screen recording or a document"),
            help_text=_(
                "Up to 6 files: photos and PDF up to 10 MB, videos up to 50 MB. Each is checked for malware."
            ),
            required=False,
        )
        self.fields["follows"] = forms.CharField(
            label=_("Number of an earlier ticket about this"), max_length=20, required=False
        )
        if category.asks_device:
            self._add_device()
        if is_guest:
            self._add_guest()

    def _add_device(self) -> None:
        for name, label in (("device", _("Device")), ("os", _("System")), ("app", _("App or browser"))):
            self.fields[name] = forms.CharField(label=label, max_length=80, required=False)
        self.fields["device_ok"] = forms.BooleanField(
            label=_("Send these three lines with my ticket"), required=False
        )

    def _add_guest(self) -> None:
        self.fields["name"] = forms.CharField(
            label=_("Your name"),
            max_length=80,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )
        self.fields["email"] = forms.EmailField(
            label=_("E-mail for our answer"),
            help_text=_("You get the number and a link to follow the ticket there."),
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        )

    def clean_description(self) -> str:
        text: str = self.cleaned_data["description"]
        for found in _CARD.findall(text):
            if _is_card_number(found):
                raise ValidationError(
                    _("This looks like a card number. Please take it out; the last four digits are enough.")
                )
        return text

    def clean_files(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["files"]
        if len(files) > MAX_FILES:
            raise ValidationError(_("At most six files at once."))
        return files

    @property
    def own_questions(self) -> list[forms.BoundField]:
        return [self[question.key] for question in self.questions]

    @property
    def device_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("device", "os", "app") if name in self.fields]

    def plain_data(self) -> dict[str, Any]:
        """What was typed, whether it is complete or not, for the draft."""
        names = [name for name in self.fields if name != "files"]
        return {name: self.cleaned_data.get(name, self.data.get(name, "")) for name in names}


def _field(question: Question, orders: list[Order], choices: list[tuple[str, str]] | None) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.hint or (_("For example: %s") % question.example if question.example else ""),
        "required": question.required,
    }
    if question.type == "long":
        return forms.CharField(max_length=LONG, widget=forms.Textarea(attrs={"rows": 4}), **common)
    if question.type == "choice" or choices is not None:
        return forms.ChoiceField(choices=[("", "—"), *(choices or question.choices)], **common)
    if question.type == "order" and orders:
        rows = [(order.number, f"{order.number}, {order.shop.name}") for order in orders]
        return forms.ChoiceField(choices=[("", "—"), *rows], **common)
    if question.type == "link":
        return forms.CharField(max_length=LINE, validators=[_check_link], **common)
    return forms.CharField(max_length=LINE, **common)


def _check_link(value: str) -> None:
    """An address of a page, or a path on this site; never a script."""
    text = value.strip().lower()
    if not (text.startswith(("https://", "http://", "/")) or "." in text) or text.startswith("javascript:"):
        raise ValidationError(_("Paste the address of the page, for example https://…"))


def _is_card_number(text: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1), so that an order number is not mistaken for a card."""
    digits = [int(ch) for ch in text if ch.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    total = sum(
        digit if i % 2 == 0 else (digit * 2 - 9 if digit > 4 else digit * 2)
        for i, digit in enumerate(reversed(digits))
    )
    return total % 10 == 0


class AddForm(forms.Form):
    """More information for a ticket."""

    body = forms.CharField(
        label=_("Add something"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    files = FilesField(label=_("Pictures, a screen recording or a document"), required=False)  # type: ignore[assignment]
    client_ref = forms.UUIDField(widget=forms.HiddenInput)


class RatingForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How was our help?"),
        coerce=int,
        choices=[
            (5, _("Very good")),
            (4, _("Good")),
            (3, _("Middling")),
            (2, _("Poor")),
            (1, _("Very poor")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label=_("What made it so?"),
        required=False,
        choices=[
            ("", "—"),
            ("speed", _("How long it took")),
            ("solved", _("Whether it is solved")),
            ("clear", _("How clear the answer was")),
            ("kind", _("The tone")),
            ("other", _("Something else")),
        ],
    )
    comment = forms.CharField(
        label=_("In your own words"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class VoteForm(forms.Form):
    helpful = forms.TypedChoiceField(
        coerce=lambda value: value == "yes", choices=[("yes", "yes"), ("no", "no")]
    )
    reason = forms.ChoiceField(
        required=False,
        choices=[("", ""), ("unclear", ""), ("wrong", ""), ("missing", ""), ("not_mine", ""), ("other", "")],
    )
    comment = forms.CharField(max_length=500, required=False)


class FeedbackForm(forms.Form):
    about = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[
            ("help", _("The Help Center")),
            ("chat", _("Chatting with shops")),
            ("orders", _("Orders")),
            ("selling", _("Selling here")),
            ("other", _("Something else")),
        ],
    )
    body = forms.CharField(
        label=_("Your idea or remark"),
        max_length=2000,
        min_length=5,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class LinkRequestForm(forms.Form):
    """A guest asks for the signed link again; the answer is the same whether the ticket exists or not."""

    number = forms.CharField(label=_("Ticket number"), max_length=20)
    email = forms.EmailField(label=_("The e-mail address you gave"))

"""The forms of the support desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import Article, Category, Team, Ticket, Topic


class ReplyForm(forms.Form):
    body = forms.CharField(label=_("Answer"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 7}))
    client_ref = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    then = forms.ChoiceField(
        choices=[("open", ""), ("waiting_customer", ""), ("solved", ""), ("note", "")], required=True
    )


class TransferForm(forms.Form):
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True), label=_("Team"), empty_label=None)
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True).exclude(kind="feedback").select_related("parent"),
        label=_("Topic, if the first was wrong"),
        required=False,
    )
    tier = forms.TypedChoiceField(
        label=_("Tier"), choices=[("", "—"), (1, "1"), (2, "2")], coerce=int, required=False, empty_value=None
    )
    reason = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class HoldForm(forms.Form):
    waiting_for = forms.ChoiceField(
        label=_("Until when"),
        choices=[("on_hold", _("Something else is done first")), ("waiting_seller", _("The shop answers"))],
    )
    reason = forms.CharField(
        label=_("What the person reads"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class MergeForm(forms.Form):
    number = forms.CharField(label=_("Goes on as"), max_length=20)


class SplitForm(forms.Form):
    event = forms.IntegerField(label=_("Entry"), min_value=1)
    subject = forms.CharField(label=_("Subject of the new ticket"), max_length=150)
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True).exclude(kind="feedback").select_related("parent"),
        label=_("Topic"),
    )


class PriorityForm(forms.Form):
    priority = forms.ChoiceField(label=_("Priority"), choices=Ticket.Priority.choices)


class ArticleForm(forms.Form):
    slug = forms.SlugField(label=_("Address"), max_length=80)
    topic = forms.ModelChoiceField(Topic.objects.all(), label=_("Shelf"), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=Article.Kind.choices)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("en", "English"), ("es", "Español"), ("zh-hans", "简体中文"), ("ar", "العربية")],
    )
    title = forms.CharField(label=_("Title"), max_length=150)
    summary = forms.CharField(label=_("Summary"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    keywords = forms.CharField(label=_("Further words it is found by"), max_length=300, required=False)
    body = forms.CharField(
        label=_("Text (Markdown)"), max_length=40_000, widget=forms.Textarea(attrs={"rows": 22})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].widget.attrs["spellcheck"] = "true"

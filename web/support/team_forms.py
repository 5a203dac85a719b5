"""Forms for teams, their people and skills."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import Category, Team

LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("zh-hans", "简体中文"),
    ("ar", "العربية"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("pt", "Português"),
]


def topics() -> Any:
    """Topics that tickets can have, in the tree's order."""
    return Category.objects.filter(is_active=True).exclude(kind="feedback").select_related("parent")


class TopicField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Category) -> str:  # type: ignore[override]
        return obj.path


class TeamForm(forms.Form):
    code = forms.SlugField(
        label=_("Short name"), max_length=40, help_text=_("Small letters and hyphens. It stays for good.")
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every language."),
    )
    base = forms.ModelChoiceField(
        Team.objects.filter(is_active=True),
        label=_("Stands in for"),
        required=False,
        empty_label=_("No other team"),
        help_text=_("Takes that team’s tickets in the languages chosen above."),
    )
    topics = TopicField(
        Category.objects.none(),
        label=_("Topics that come here"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 10}),
    )

    def __init__(self, *args: Any, team: Team | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = topics()  # type: ignore[attr-defined]
        if team:
            del self.fields["code"]


class MemberForm(forms.Form):
    email = forms.EmailField(label=_("E-mail of somebody at the desk"))
    languages = forms.MultipleChoiceField(
        label=_("Speaks, beside English"),
        choices=[pair for pair in LANGUAGES if pair[0] != "en"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: the team’s languages."),
    )
    topics = forms.MultipleChoiceField(
        label=_("Knows about"),
        choices=[],
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("None chosen: every topic of the team."),
    )
    tier = forms.TypedChoiceField(
        label=_("Takes tickets up to tier"), choices=[(1, "1"), (2, "2")], coerce=int, initial=1
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = [(row.code, row.path) for row in topics()]  # type: ignore[attr-defined]

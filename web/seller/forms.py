"""What a shop's people send from pages of Seller Center."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models import Desk, Label
from chat.models.labels import LABEL_CHARS
from chat.models.saved_replies import REPLY_CHARS, SHORTCUT_CHARS, TITLE_CHARS
from shops.capabilities import Role
from web.posted_messages import MessageForm as PostedMessageForm


class MessageForm(PostedMessageForm):
    # The newest message the writer had seen; a colleague's answer after it is shown before this one goes.
    seen_seq = forms.IntegerField(min_value=0, required=False)
    is_sure = forms.BooleanField(required=False)


ROLE_WORDS = {
    Role.OWNER: _("Owner: everything, the team included"),
    Role.MANAGER: _("Manager: settings, appeals, held-back messages"),
    Role.AGENT: _("Agent: answers customers and tickets"),
    Role.ANALYST: _("Analyst: reads, never writes"),
}


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=list(ROLE_WORDS.items()), initial=Role.AGENT)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=list(ROLE_WORDS.items()))


class SavedReplyForm(forms.Form):
    shortcut = forms.RegexField(
        r"^/?[a-z0-9][a-z0-9-]*$",
        label=_("Shortcut"),
        max_length=SHORTCUT_CHARS,
        help_text=_("What you type after /, for example replace."),
        error_messages={"invalid": _("Use small letters, digits and hyphens.")},
    )
    title = forms.CharField(
        label=_("Title"), max_length=TITLE_CHARS, help_text=_("How you find it in the list.")
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=REPLY_CHARS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("{customer}, {product}, {order}, {shop} and {me} are filled in when you use it."),
    )

    is_sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def words(self) -> dict[str, str]:
        """What is kept of a valid form."""
        return {name: self.cleaned_data[name] for name in ("shortcut", "title", "body")}

    def clean_shortcut(self) -> str:
        shortcut: str = self.cleaned_data["shortcut"]
        return shortcut.removeprefix("/")


class LabelForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=LABEL_CHARS)
    colour = forms.ChoiceField(label=_("Colour"), choices=Label.Colour.choices, initial=Label.Colour.GREY)


class AutoAssignForm(forms.Form):
    auto_assign = forms.ChoiceField(
        label=_("Who gets a conversation that nobody has?"),
        choices=Desk.AutoAssign.choices,
        help_text=_(
            "Only members who may answer and were here in the last five minutes get any. "
            "Without one it waits in Unassigned."
        ),
    )

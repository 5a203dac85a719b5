"""What a shop's people send from pages of Seller Center."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shops.capabilities import Role

BODY_CHARS = 8_000


class MessageForm(forms.Form):
    """One message; ``client_ref`` makes sending the same form twice harmless."""

    body = forms.CharField(max_length=BODY_CHARS, strip=True)
    client_ref = forms.UUIDField()


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

"""The rules as people read them: the taxonomy is English, and pages say it in the reader's language."""

from django.utils.translation import gettext, pgettext_lazy

from compliance import taxonomy

# What happens to a message before anybody has looked at it, code -> words.
ACTIONS = {
    "withhold": pgettext_lazy("what a rule does by default", "withhold"),
    "mask": pgettext_lazy("what a rule does by default", "mask"),
    "warn": pgettext_lazy("what a rule does by default", "warn"),
    "review": pgettext_lazy("what a rule does by default", "review"),
    "throttle": pgettext_lazy("what a rule does by default", "throttle"),
    "automatic": pgettext_lazy("what a rule does by default", "automatic"),
}


def rule_titles() -> dict[str, str]:
    """Code of every rule -> its title, in the taxonomy's order."""
    return {policy.code: gettext(policy.title) for policy in taxonomy.all_policies()}

"""The rules as people read them: the taxonomy is English, and pages say it in the reader's language."""

from django.utils.translation import gettext

from compliance import taxonomy


def rule_titles() -> dict[str, str]:
    """Code of every rule -> its title, in the taxonomy's order."""
    return {policy.code: gettext(policy.title) for policy in taxonomy.all_policies()}

"""Every named right inside a shop, and which role has it: one screen."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    ANALYST = "analyst"


class Capability(StrEnum):
    READ_MESSAGES = "read_messages"
    REPLY_TO_CUSTOMERS = "reply_to_customers"
    ASSIGN = "assign"
    SEE_WITHHELD = "see_withheld"
    SEE_CUSTOMER_DETAILS = "see_customer_details"
    READ_PERFORMANCE = "read_performance"
    READ_HEALTH = "read_health"
    LODGE_APPEAL = "lodge_appeal"
    MANAGE_TICKETS = "manage_tickets"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_TEAM = "manage_team"


_ANALYST = {Capability.READ_MESSAGES, Capability.READ_PERFORMANCE, Capability.READ_HEALTH}
_AGENT = _ANALYST | {Capability.REPLY_TO_CUSTOMERS, Capability.ASSIGN, Capability.MANAGE_TICKETS}
_MANAGER = _AGENT | {
    Capability.SEE_WITHHELD,
    Capability.SEE_CUSTOMER_DETAILS,
    Capability.LODGE_APPEAL,
    Capability.MANAGE_SETTINGS,
}
_OWNER = _MANAGER | {Capability.MANAGE_TEAM}

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ANALYST: frozenset(_ANALYST),
    Role.AGENT: frozenset(_AGENT),
    Role.MANAGER: frozenset(_MANAGER),
    Role.OWNER: frozenset(_OWNER),
}


def roles_with(capability: Capability) -> list[Role]:
    return [role for role, held in CAPABILITIES.items() if capability in held]

from compliance.models.acknowledgements import PolicyAcknowledgement
from compliance.models.appeals import Appeal, AppealEvent
from compliance.models.cases import Case, CaseEvent, Finding, Proposal, Report, Severity
from compliance.models.decisions import Decision, Statement
from compliance.models.enforcement import Restriction
from compliance.models.held_texts import HeldText
from compliance.models.known_files import KnownFile
from compliance.models.opinions import OpinionDay
from compliance.models.points import PointsEntry
from compliance.models.policies import EnforcementScheme, Policy, PolicyVersion
from compliance.models.sent_texts import SentText
from compliance.models.text_scans import TextScan

__all__ = [
    "Appeal",
    "AppealEvent",
    "Case",
    "CaseEvent",
    "Decision",
    "EnforcementScheme",
    "Finding",
    "HeldText",
    "KnownFile",
    "OpinionDay",
    "PointsEntry",
    "Policy",
    "PolicyAcknowledgement",
    "PolicyVersion",
    "Proposal",
    "Report",
    "Restriction",
    "SentText",
    "Severity",
    "Statement",
    "TextScan",
]

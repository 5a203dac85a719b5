"""Every detector of the engine: the explicit tuples are the ruleset."""

from compliance.engine.detectors.accounts import AccountDetector
from compliance.engine.detectors.addresses import AddressDetector
from compliance.engine.detectors.base import Detector
from compliance.engine.detectors.claims import ClaimDetector
from compliance.engine.detectors.handles import HandleDetector
from compliance.engine.detectors.links import LinkDetector
from compliance.engine.detectors.phones import PhoneDetector
from compliance.engine.detectors.phrases import PhraseDetector
from compliance.engine.detectors.repeats import RepeatDetector

# Cheap and certain enough to run before a message is stored.
SCREENING_DETECTORS: tuple[Detector, ...] = (
    LinkDetector(),
    PhoneDetector(),
    HandleDetector(),
    AccountDetector(),
    AddressDetector(),
    PhraseDetector(),
)
# What the worker runs.
SCAN_DETECTORS: tuple[Detector, ...] = (*SCREENING_DETECTORS, RepeatDetector(), ClaimDetector())

# What can find anything in a customer's message.
CUSTOMER_DETECTORS: tuple[Detector, ...] = (PhraseDetector(),)

__all__ = ["CUSTOMER_DETECTORS", "SCAN_DETECTORS", "SCREENING_DETECTORS", "Detector"]

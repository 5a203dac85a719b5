"""Metrics' tables; import them from ``metrics.models``."""

from metrics.models.disputes import Dispute
from metrics.models.evaluations import WeeklyEvaluation

__all__ = ["Dispute", "WeeklyEvaluation"]

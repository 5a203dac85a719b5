"""What each stage of the transformer's training shows, and how fast it learns."""

from dataclasses import dataclass, field

from training.pool import Shares

WARM_UP = 0.06
LAST_RATE = 0.02  # share of the full learning rate at the end


@dataclass(frozen=True)
class Stage:
    """`steps` batches; from `cool_from` on the rate falls in a straight line to almost nothing at the end.

    Without `cool_from` it falls from the warm-up on, as if planned for `planned` steps.
    """

    rate: float
    head_rate: float
    epochs: int
    planned: int
    cool_from: int
    stop_at: int
    average: float  # weight of the running mean of parameters at each step
    top: int = 6  # layers that are trained
    shares: Shares = field(default_factory=Shares)

    def rate_at(self, step: int) -> float:
        """Share of the full learning rate: a warm-up, a slow fall, then a straight one to almost nothing."""
        if step < self.cool_from:
            return min(step / (WARM_UP * self.planned), self._planned_at(step))
        start = self._planned_at(self.cool_from)
        return max(LAST_RATE, start * (self.stop_at - step) / max(1, self.stop_at - self.cool_from))

    def _planned_at(self, step: int) -> float:
        return (self.planned - step) / ((1 - WARM_UP) * self.planned)


STAGES = {
    # From the base model. It shared two cores with other work: planned for five epochs, it was made to cool
    # down from step 781 on.
    "first": Stage(
        rate=1e-4, head_rate=8e-4, epochs=5, planned=3_165, cool_from=781, stop_at=1_603, average=0.998
    ),
    # Twice from the first stage's mean, with different seeds: what is hard, and the project's own lines. The
    # mean of both is published.
    "second": Stage(
        rate=8e-5,
        head_rate=2e-4,
        epochs=1,
        planned=360,
        cool_from=25,
        stop_at=360,
        average=0.985,
        shares=Shares(talk=0.15, varied=0.3, clean=0.05, hate=0.08, everyday=0.4, own=2.0),
    ),
    # Both from the mean of the two before, twice with different seeds: the own lines are now the larger part.
    # (When the third was made, some of the files weren't written yet.)
    "third": Stage(
        rate=8e-5,
        head_rate=2e-4,
        epochs=2,
        planned=2_600,
        cool_from=2_600,
        stop_at=900,
        average=0.99,
        shares=Shares(lines=0.6, talk=0.2, varied=0.25, clean=0.2, hate=0.2, everyday=0.5, own=1.0),
    ),
    "fourth": Stage(
        rate=8e-5,
        head_rate=2e-4,
        epochs=3,
        planned=1_800,
        cool_from=100,
        stop_at=1_600,
        average=0.99,
        shares=Shares(lines=0.7, talk=0.25, varied=0.3, clean=0.2, hate=0.25, everyday=0.6, own=1.0),
    ),
    # With the newest lines, and more layers that learn.
    "fifth": Stage(
        rate=6e-5,
        head_rate=1e-4,
        epochs=1,
        planned=1_300,
        cool_from=80,
        stop_at=1_300,
        average=0.99,
        top=8,
        shares=Shares(
            lines=0.4, talk=0.15, varied=0.25, clean=0.25, hate=0.2, everyday=0.5, own=0.3, newest=1.5
        ),
    ),
    # With what was written after the fifth.
    "sixth": Stage(
        rate=6e-5,
        head_rate=1e-4,
        epochs=2,
        planned=1_300,
        cool_from=80,
        stop_at=1_300,
        average=0.99,
        top=8,
        shares=Shares(
            lines=0.4, talk=0.15, varied=0.25, clean=0.25, hate=0.2, everyday=0.5, own=0.45, newest=1.6
        ),
    ),
}

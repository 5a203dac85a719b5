"""Figures on the held-out part, as one line for the log."""

import numpy as np

from training.corpus import CATEGORIES, Example


def report(scores: np.ndarray, examples: list[Example]) -> str:
    """F1, right category and false alarms where `none` is less than even.

    `scores`: (examples, classes) log probabilities.
    """
    violation = 1 - np.exp(scores[:, -1])
    truth = np.array([example.label != "none" for example in examples])
    flagged = violation > 0.5
    best = scores[:, :-1].argmax(1)
    parts = []
    for source in ("lines", "own", "chats"):
        here = np.array([example.source == source for example in examples])
        hit = (flagged & truth & here).sum()
        right = sum(
            CATEGORIES[best[at]] in (examples[at].label, *examples[at].also)
            for at in np.flatnonzero(truth & here & flagged)
        )
        f1 = 2 * hit / max(1, (flagged & here).sum() + (truth & here).sum())
        false = (flagged & ~truth & here).sum() / max(1, (~truth & here).sum())
        parts.append(
            f"{source}: F1 {f1:.3f} right {right / max(1, (truth & here).sum()):.3f} false {false:.3f}"
        )
    for source in ("bitext", "banking", "sms", "everyday", "edos"):
        here = np.array([example.source == source for example in examples]) & ~truth
        parts.append(f"{source} {(flagged & here).sum()}/{here.sum()}")
    return "; ".join(parts)

"""An engine that finds nothing in no time: what is left is the cost of everything around it.

Only for ``make bench-scan``, in a worker that is told of this module with ``--include``.
"""

from collections.abc import Sequence
from typing import Any

from compliance.engine import pipeline


def _nothing(items: Sequence[Any], **_: Any) -> list[pipeline.Result]:
    ruleset = pipeline.ruleset_version()
    return [pipeline.Result((), must_withhold=False, mask_spans=(), ruleset=ruleset) for _item in items]


pipeline.scan_batch = _nothing

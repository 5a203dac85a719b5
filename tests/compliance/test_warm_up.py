"""A worker has its tables and models in memory before the first message, whatever is remembered in Redis."""

from compliance.engine import models, pipeline
from compliance.services import screening
from compliance.services.screening import ScanItem, scan_texts


def test_results_that_are_remembered_do_not_keep_the_models_from_being_loaded(monkeypatch):
    asked: dict[str, int] = {}

    def watch(module, name):
        real = getattr(module, name)

        def note(items, **options):
            asked[name] = asked.get(name, 0) + len(items)
            return real(items, **options)

        monkeypatch.setattr(module, name, note)

    scan_texts([ScanItem("Is the walnut board still there?", "seller")])
    watch(pipeline, "scan_batch")
    watch(models, "score_batch")

    screening.warm_up()

    assert asked["scan_batch"] == 1
    assert asked["score_batch"] >= 1

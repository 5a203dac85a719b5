"""Finding text: a quick look at a small copy, and a closer one where small letters left edges behind."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from files.engine import readers
from files.engine.lettering import Lettered, Reader
from files.engine.pictures import text_in
from files.engine.results import Contents

GROUND = (236, 230, 220)
AT = (700, 500)


def written(size: int, words: str = "Call 212 555 0147") -> Image.Image:
    picture = Image.new("RGB", (1200, 900), GROUND)
    ImageDraw.Draw(picture).text(AT, words, font=ImageFont.load_default(size=size), fill=(40, 40, 40))
    return picture


class Networks:
    """Stands in for the two networks: finds what is dark and ``least`` pixels high in the searched copy."""

    def __init__(self, *, least: int = 9, upside_down: bool = False, score: float = 0.97) -> None:
        self.least, self.upside_down, self.score = least, upside_down, score
        self.words = "Call 212 555 0147"
        self.searched: list[tuple[int, int]] = []
        self.text_det = self
        self.postprocess_op = self._boxes

    def infer(self, values):
        self.searched.append((values.shape[3], values.shape[2]))
        return [values[0].mean(axis=0)]

    def _boxes(self, heat, shape):
        rows, columns = np.nonzero(heat < 0.2)
        if not len(rows) or rows.max() - rows.min() + 1 < self.least:
            return np.empty((0, 4, 2)), []
        left, right = columns.min() * shape[1] / heat.shape[1], columns.max() * shape[1] / heat.shape[1]
        top, bottom = rows.min() * shape[0] / heat.shape[0], rows.max() * shape[0] / heat.shape[0]
        return np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], dtype=np.float32), [
            1.0
        ]

    def filter_tag_det_res(self, boxes, shape):
        return boxes

    def sorted_boxes(self, boxes):
        return boxes

    def get_crop_img_list(self, pixels, boxes):
        return [pixels[int(b[0][1]) : int(b[2][1]) + 1, int(b[0][0]) : int(b[1][0]) + 1] for b in boxes]

    def text_rec(self, crops):
        self.reads = getattr(self, "reads", 0) + len(crops)
        is_wrong = self.upside_down and self.reads == 1
        return [("0", 0.3) if is_wrong else (self.words, self.score) for _ in crops], 0.0


def test_large_letters_are_read_after_one_look_at_a_small_copy():
    networks = Networks()

    [line] = Reader(networks).read(written(60))

    assert line.words == "Call 212 555 0147"
    assert networks.searched == [(480, 352)]
    assert line.corners[0] == pytest.approx((AT[0], AT[1] + 14), abs=14)


def test_small_letters_are_searched_again_in_their_own_region_only():
    networks = Networks()

    [line] = Reader(networks).read(written(18))

    assert line.corners[0] == pytest.approx(AT, abs=12)
    first, second = networks.searched
    assert first == (480, 352)
    assert second[0] < 400
    assert second[1] < 200


def test_a_picture_without_edges_is_looked_at_once():
    networks = Networks()
    grain = np.random.default_rng(1).normal(200, 6, (900, 1200, 3)).clip(0, 255).astype(np.uint8)

    assert Reader(networks).read(Image.fromarray(grain)) == []
    assert len(networks.searched) == 1


def test_a_line_that_reads_badly_is_tried_upside_down():
    [line] = Reader(Networks(upside_down=True)).read(written(60))

    assert (line.words, line.score) == ("Call 212 555 0147", 0.97)


@pytest.mark.parametrize(("score", "is_gap"), [(0.55, True), (0.9, False)])
def test_writing_that_cannot_be_made_out_is_a_gap_for_a_person(monkeypatch, score, is_gap):
    reader = Reader(Networks(score=score))
    monkeypatch.setattr(readers, "ocr", lambda: reader.read)
    found = Contents()

    text_in(written(60), found, 1, None)

    assert ("unread_text" in found.gaps) is is_gap


def test_a_single_unclear_spot_is_no_writing():
    corners = np.array([[0, 0], [20, 0], [20, 18], [0, 18]], dtype=np.float32)

    assert not Lettered(corners, "", 0.1).is_riddle


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ("Call017655501234", "Call 017655501234"),
        ("WhatsApp+491765550123", "WhatsApp +491765550123"),
        ("Ring0176 5550 123", "Ring 0176 5550 123"),
        ("iPhone15", "iPhone15"),
        ("@anna2125550147", "@anna2125550147"),
        ("shop.example/x/ab2125550147", "shop.example/x/ab2125550147"),
    ],
)
def test_a_space_that_was_lost_before_a_long_number_is_put_back(seen, words):
    networks = Networks()
    networks.words = seen

    [line] = Reader(networks).read(written(60))

    assert line.words == words

"""The fingerprint of a picture's look is PDQ's, bit for bit, and survives what people do to pictures."""

import io

import pytest
from PIL import Image, ImageEnhance

from files.engine.perceptual import MIN_QUALITY, SAME_BITS, distance, fingerprint
from tests.files.pictures import as_bytes, patterned_picture


@pytest.mark.parametrize(
    ("seed", "size", "reference"),
    [  # Made by pdqhash 0.2.8, the bindings of the reference implementation.
        (0, (400, 300), "c5106b1e84c6a29eb78d29a94c3ad2ca195e1e57b53dcb23da6379ac469a1e5c"),
        (1, (512, 512), "8033f9bbb4995d8dcae90f40c67176f13b861073f0a7c3d9411cf38c635e2876"),
        (2, (300, 500), "50fc978232781f827768219b7ed0325c7934c247a0175df8782dcf734dcf8669"),
        (3, (1200, 700), "49d9b490459a6b72cd8117b6fe1d9e49b64a91f2a2744dac6927fd049d9306d9"),
    ],
)
def test_it_is_what_the_reference_implementation_makes(seed, size, reference):
    found, quality = fingerprint(patterned_picture(seed, size=size))

    assert distance(found, reference) <= 2  # Rounding of another processor may turn a bit or two.
    assert quality == 100


def test_it_survives_half_the_size_hard_compression_and_other_light():
    picture = patterned_picture(4, size=(800, 600))
    small = Image.open(io.BytesIO(as_bytes(picture.resize((400, 300)), "JPEG", quality=40)))
    darker = ImageEnhance.Brightness(picture).enhance(0.8)

    for changed in (small, darker):
        assert distance(fingerprint(picture)[0], fingerprint(changed)[0]) <= SAME_BITS


def test_other_pictures_are_far_away():
    prints = [fingerprint(patterned_picture(seed))[0] for seed in range(8)]

    for index, one in enumerate(prints):
        for other in prints[:index]:
            assert distance(one, other) > 2 * SAME_BITS


def test_an_empty_wall_has_no_look_to_be_known_by():
    assert fingerprint(Image.new("RGB", (300, 300), "white"))[1] < MIN_QUALITY

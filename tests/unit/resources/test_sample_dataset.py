"""The sample dataset as it is committed."""

from PIL import Image

from loraferry_resources import sample_dataset_path
from loraferry_resources.toy import zorblax


def test_24_pictures_each_with_a_caption() -> None:
    pictures = sorted(sample_dataset_path().glob("*.png"))
    assert len(pictures) == 24
    assert len(list(sample_dataset_path().glob("*.txt"))) == 24
    for path in pictures:
        with Image.open(path) as picture:
            picture.load()
            assert (picture.size, picture.mode) == ((256, 256), "RGB")
        assert zorblax.TRIGGER in path.with_suffix(".txt").read_text(encoding="utf-8")

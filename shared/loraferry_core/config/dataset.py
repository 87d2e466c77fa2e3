"""What is learned: the approved pictures, and how they are read."""

from typing import Literal

from loraferry_core.config.param import Config, Param


class ConceptShare(Config):
    """How much the pictures of one concept count. They are known by the beginning of their names."""

    folder: str = Param(
        "",
        "Folder",
        "Pictures whose names in the list begin with this folder belong to the concept.",
        max_length=500,
    )
    repeats: int = Param(
        1, "Repeats", "How often each of its pictures comes where others come once.", ge=1, le=1000, advanced=True
    )
    weight: float = Param(
        1.0, "Weight", "How much an error on its pictures counts beside one on others.", ge=0, le=100, advanced=True
    )
    regularisation: bool = Param(
        False,
        "Regularisation",
        "Whether its pictures show what the model knows already and is to keep. They get no trigger word.",
        advanced=True,
    )

    @property
    def prefix(self) -> str:
        """What the names of its pictures begin with."""
        return f"{self.folder.strip('/')}/"


class DatasetConfig(Config):
    """The approved pictures, named by the hash of their manifest, and how they are read."""

    manifest: str = Param(
        "", "Picture list", "Hash of the list of approved pictures.", hidden=True, pattern=r"^([0-9a-f]{64})?$"
    )
    trigger: str = Param(
        "",
        "Trigger word",
        "The word that calls what is learned. A made-up word works best, because the base model knows nothing of it.",
        max_length=100,
    )
    class_word: str = Param(
        "",
        "Class word",
        "What kind of thing it is, such as cat, woman or watercolour. Used where a picture has no caption.",
        max_length=100,
    )
    resolution: int = Param(
        512,
        "Resolution",
        "Pictures are trained at about this many pixels squared. Larger shows more detail and needs more memory.",
        unit="px",
        ge=32,
        le=4096,
    )
    repeats: int = Param(1, "Repeats", "How often each picture is seen in one epoch.", ge=1, le=1000, advanced=True)
    concepts: tuple[ConceptShare, ...] = Param(
        (),
        "Concepts",
        "Groups of pictures that come more often, count more, or show what is to be kept. Where a picture fits several, "
        "the first one counts.",
        hidden=True,
        max_length=1000,
    )
    caption_style: Literal["auto", "tags", "prose"] = Param(
        "auto",
        "Caption style",
        "Whether captions are lists of tags or sentences. Auto decides for each caption.",
        advanced=True,
    )
    shuffle_tags: bool = Param(
        False,
        "Shuffle tags",
        "Mix the order of the tags at each step, so that no tag matters more for standing first. "
        "The trigger word stays in front.",
        advanced=True,
    )
    keep_tokens: int = Param(
        0,
        "Tags kept in front",
        "So many tags at the beginning of each caption, besides the trigger word, are neither mixed nor left out.",
        ge=0,
        le=1000,
        advanced=True,
    )
    tag_dropout: float = Param(
        0.0,
        "Tag dropout",
        "Share of the tags that are left out, others at each step, so that the model does not depend on any of them. "
        "The trigger word always stays.",
        ge=0,
        le=1,
        advanced=True,
    )
    wildcards: bool = Param(
        True,
        "Wildcards",
        "Where a caption says “{red|blue}”, one of the two is taken, another one at each step.",
        advanced=True,
    )
    caption_dropout: float = Param(
        0.0,
        "Caption dropout",
        "Share of steps that train without a caption. A little keeps the model usable with weak prompts.",
        ge=0,
        le=1,
        advanced=True,
    )
    masked: bool = Param(
        False,
        "Masked",
        "Only what a mask leaves white is learned: the transparency of a picture, or a picture beside it that is named "
        "like it with “-masklabel” behind.",
        advanced=True,
    )
    outside_weight: float = Param(
        0.0, "Weight outside", "How much an error outside the mask counts.", ge=0, le=1, advanced=True
    )
    flip: bool = Param(
        False,
        "Mirror at random",
        "Train half of the steps on mirrored pictures. Do not use it for faces, text or anything with a left and a right.",
        advanced=True,
    )

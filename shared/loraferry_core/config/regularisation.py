"""What keeps the model from forgetting: pictures of what it knows already, learned beside the new ones."""

from loraferry_core.config.param import Config, Param


class Regularisation(Config):
    """Prior preservation (Ruiz et al. 2022, "DreamBooth", arXiv 2208.12242): an error on known things counts, too."""

    make: int = Param(
        0,
        "Make pictures",
        "So many pictures of the class word are made by the base model before it learns, and trained beside yours, so "
        "that it stays what it was. It must know the class word. 100 to 200 is usual, 0 makes none.",
        ge=0,
        le=10_000,
    )
    prompts: tuple[str, ...] = Param(
        (),
        "Prompts for them",
        "What the base model is asked for, one line after the other. {class} stands for the class word. "
        "Empty takes the class word alone.",
        max_length=1000,
        advanced=True,
    )
    folder: str = Param(
        "",
        "Folder of your own",
        "Approved pictures in this folder below that of the project are regularisation pictures. "
        "They get no trigger word.",
        max_length=500,
        advanced=True,
    )
    weight: float = Param(
        1.0,
        "Weight",
        "How much an error on a regularisation picture counts beside one on yours.",
        ge=0,
        le=100,
        advanced=True,
    )
    repeats: int = Param(
        0,
        "Regularisation repeats",
        "How often each regularisation picture is seen in one epoch. 0 takes one for each of yours, in turn.",
        ge=0,
        le=1000,
        advanced=True,
    )

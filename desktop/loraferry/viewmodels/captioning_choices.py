"""What a person chose for captions by machine, as it is remembered between starts."""

from typing import Literal

from pydantic import Field

from loraferry.library.captioned import How, Order, Rules
from loraferry.remote.hosts import LOCAL
from loraferry_core.config import Config

Scope = Literal["selected", "shown", "bare"]
"""The selected pictures · all that are shown · those of them that have no caption."""
SCOPES: tuple[Scope, ...] = ("bare", "shown", "selected")
SERVER = "server"
"""In the place of a host's id: a server with OpenAI's interface."""
PROMPT = (
    "Describe this picture in one or two plain sentences for training an image model. Begin with the subject. "
    "Say what can be seen, not what it may mean. No introduction, no lists."
)


class CaptioningChoices(Config):
    """Where pictures are described, by what, which ones, and what becomes of it."""

    place: str = Field(LOCAL, max_length=64)
    captioner: str = Field("", max_length=64)
    """Id in the catalogue; empty: the first that the place can run."""
    scope: Scope = "bare"
    how: How = "fill"
    begin: str = Field("", max_length=1000)
    """How a sentence begins, for captioners that go on from there."""
    task: str = Field("", max_length=100)
    """How much is told, for captioners that have tasks."""
    address: str = Field("http://127.0.0.1:11434/v1", max_length=2000)
    """Ollama's on this computer."""
    model: str = Field("", max_length=200)
    prompt: str = Field(PROMPT, max_length=20_000)
    general: float = Field(0.35, ge=0, le=1)
    character: float = Field(0.85, ge=0, le=1)
    ratings: bool = False
    most: int = Field(0, ge=0, le=500)
    order: Order = "score"
    spaces: bool = True
    escape: bool = False
    blacklist: str = Field("", max_length=20_000)

    @property
    def rules(self) -> Rules:
        """How tags become captions."""
        return Rules(
            self.general,
            self.character,
            self.ratings,
            self.most,
            self.order,
            self.spaces,
            self.escape,
            self.blacklist,
        )

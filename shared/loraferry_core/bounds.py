"""Numbers, identities and words as they are accepted from the other end: fit for a database, a clock, a terminal."""

from typing import Annotated

from pydantic import AfterValidator, Field

from loraferry_core.names import without_control_characters

MAX_WHOLE = 2**63
"""Whole numbers stay below this: larger ones fit neither into SQLite nor into `seek`."""

Count = Annotated[int, Field(ge=0, lt=MAX_WHOLE)]
Ordinal = Annotated[int, Field(ge=1, lt=MAX_WHOLE)]
Seconds = Annotated[float, Field(ge=0, lt=250_000_000_000)]
"""Seconds since 1970, up to the year 9892, because `datetime` ends with 9999."""

Identity = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
"""What the ends call a job or an agent by. It may become the name of a folder, so it holds no dot and no slash."""

Shown = Annotated[str, AfterValidator(without_control_characters)]
"""Text that people will read, in a window or a terminal: no escapes or other control characters survive in it."""

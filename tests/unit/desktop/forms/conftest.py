"""Forms are widgets: their garbage is collected as in the running program."""

from tests.gui.conftest import _collected_between_events  # noqa: F401 - autouse

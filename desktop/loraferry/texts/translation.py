"""Looking up words of the layers below, which are declared in English and know no Qt."""

from PySide6.QtCore import QCoreApplication

from loraferry_core.config import ParamInfo


def lookup(context: str, text: str) -> str:
    """The translation of `text`, or `text` itself; the catalogue script collects these contexts from core."""
    return QCoreApplication.translate(context, text) if text else ""


def param_label(param: ParamInfo) -> str:
    """What a parameter is called."""
    return lookup("Param", param.label)


def param_help(param: ParamInfo) -> str:
    """What a parameter does."""
    return lookup("Param", param.help)


def param_unit(param: ParamInfo) -> str:
    """The unit behind a parameter's value, or nothing."""
    return lookup("Param", param.unit)

"""The report of an uncaught error, fit to be posted in public: no secrets, no personal names."""

import platform
import re
import traceback
from pathlib import Path

from loraferry_core import __version__

_SECRETS = (
    re.compile(r"\b(hf_|sk-|ghp_|rpa_)[A-Za-z0-9_-]{8,}"),
    re.compile(r"(?i)\b(password|passphrase|passwd|token|secret|api[_-]?key)(\s*[=:]\s*)\S+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b"),
    re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|\Z)", re.DOTALL),
)


def redact(text: str, home: Path) -> str:
    """`text` without keys, tokens, passwords and addresses, and with ~ for the home folder."""
    for spelling in {str(home), home.as_posix()}:
        if spelling not in ("", "/"):
            text = text.replace(spelling, "~")
    for secret in _SECRETS:
        text = secret.sub("[removed]", text)
    return text


def crash_report(error: BaseException, home: Path) -> str:
    """Versions, system and traceback of an error."""
    lines = [
        f"LoRA Ferry {__version__}",
        f"Python {platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}",
        "",
        *traceback.format_exception(error),
    ]
    return redact("\n".join(line.rstrip("\n") for line in lines), home)

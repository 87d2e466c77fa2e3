"""Sizes, times, rates and money as short text, the same in every locale."""

from decimal import Decimal

from PySide6.QtCore import QCoreApplication

_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def bytes_text(count: float) -> str:
    """1234567 → "1.2 MB", in steps of 1000."""
    unit = 0
    while count >= 999.5 and unit < len(_BYTE_UNITS) - 1:
        count /= 1000
        unit += 1
    digits = 1 if unit and count < 9.95 else 0
    return f"{count:.{digits}f} {_BYTE_UNITS[unit]}"


def duration_text(seconds: float) -> str:
    """Seconds as "45 s", "3 min 05 s", "2 h 07 min" or "3 d 4 h"."""
    total = max(0, round(seconds))
    days, hours, minutes = total // 86400, total // 3600 % 24, total // 60 % 60
    if days:
        template = QCoreApplication.translate("Quantities", "{days} d {hours} h")
    elif hours:
        template = QCoreApplication.translate("Quantities", "{hours} h {minutes:02} min")
    elif minutes:
        template = QCoreApplication.translate("Quantities", "{minutes} min {seconds:02} s")
    else:
        template = QCoreApplication.translate("Quantities", "{seconds} s")
    return template.format(days=days, hours=hours, minutes=minutes, seconds=total % 60)


def span_text(seconds: float) -> str:
    """A span that somebody has set, without what is nought: "15 min", "1 h", "1 h 30 min", "2 d"."""
    total = max(0, round(seconds))
    units = (
        (total // 86400, QCoreApplication.translate("Quantities", "{number} d")),
        (total // 3600 % 24, QCoreApplication.translate("Quantities", "{number} h")),
        (total // 60 % 60, QCoreApplication.translate("Quantities", "{number} min")),
        (total % 60, QCoreApplication.translate("Quantities", "{number} s")),
    )
    parts = [template.format(number=number) for number, template in units if number]
    return " ".join(parts) or units[-1][1].format(number=0)


def rate_text(steps_per_second: float) -> str:
    """Steps a second, or seconds a step where that reads better."""
    if steps_per_second <= 0:
        return "–"
    if steps_per_second >= 1:
        return QCoreApplication.translate("Quantities", "{rate} steps/s").format(rate=f"{steps_per_second:.1f}")
    return QCoreApplication.translate("Quantities", "{pace} s/step").format(pace=f"{1 / steps_per_second:.1f}")


def transfer_text(bytes_per_second: float) -> str:
    """Bytes a second as "1.2 MB/s"."""
    return f"{bytes_text(bytes_per_second)}/s"


def money_text(amount: float, currency: str) -> str:
    """An amount with two digits and its currency, such as "1.25 USD"."""
    return f"{amount:.2f} {currency}"


def number_text(value: float) -> str:
    """A setting's number without noise and without loss: 16, 0.5, 1e-4."""
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    if 1e-3 <= abs(value) < 1e9:
        return repr(float(value))
    return f"{Decimal(repr(float(value))).normalize():e}".replace("e+", "e")

"""Words for how a rented machine stands: its disks, its meter, its guards."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication

from loraferry.texts.quantities import bytes_text, duration_text, money_text, span_text
from loraferry_core.guards import Countdown, Fired, GuardKind, GuardSettings
from loraferry_core.host import Disk


def disk_text(disk: Disk) -> str:
    """Free and total space, and how many files still fit where those run out."""
    text = QCoreApplication.translate("HostFacts", "{free} free of {total}")
    return text.format(free=bytes_text(disk.free_mb * 1e6), total=bytes_text(disk.total_mb * 1e6))


def inodes_text(disk: Disk) -> str:
    """How many files still fit."""
    return QCoreApplication.translate("Machine", "room for {count} more files").format(count=disk.inodes_free)


def meter_text(seconds: float, cost: float | None, currency: str) -> str:
    """Such as: Running for 3 h 12 min, 1.44 USD so far."""
    time = duration_text(seconds)
    if cost is None:
        return QCoreApplication.translate("Machine", "Running for {time}").format(time=time)
    text = QCoreApplication.translate("Machine", "Running for {time}, {money} so far")
    return text.format(time=time, money=money_text(cost, currency))


def guards_text(settings: GuardSettings) -> str:
    """What the guards do, in one sentence."""
    translate = QCoreApplication.translate
    if not settings.armed:
        return translate("Machine", "The guards are off: this machine goes on costing until you stop it.")
    sentences = [_rule_text(settings)]
    if "ceiling" in settings.off:
        return " ".join(sentences)
    if settings.ceiling_s:
        limit = translate("Machine", "At most {time} in all.").format(time=span_text(settings.ceiling_s))
        sentences.append(limit)
    if settings.ceiling_cost and settings.price_per_hour:
        money = money_text(settings.ceiling_cost, settings.currency)
        sentences.append(translate("Machine", "At most {money} in all.").format(money=money))
    return " ".join(sentences)


def _rule_text(settings: GuardSettings) -> str:
    """What happens when nothing is left to do."""
    translate, stops = QCoreApplication.translate, settings.stop.possible
    on = ("finished" not in settings.off, "idle" not in settings.off)
    if on == (True, True) and stops:
        text = translate("Machine", "Stops {finished} after the last run, or after {idle} without work.")
    elif on == (True, True):
        text = translate("Machine", "Raises an alarm {finished} after the last run, or after {idle} without work.")
    elif on == (True, False) and stops:
        text = translate("Machine", "Stops {finished} after the last run.")
    elif on == (True, False):
        text = translate("Machine", "Raises an alarm {finished} after the last run.")
    elif on == (False, True) and stops:
        text = translate("Machine", "Stops after {idle} without work.")
    elif on == (False, True):
        text = translate("Machine", "Raises an alarm after {idle} without work.")
    else:
        text = translate("Machine", "Does not stop when nothing is left to do.")
    return text.format(finished=span_text(settings.finished_s), idle=span_text(settings.idle_s))


def called_off_text(kind: GuardKind) -> str:
    """That the countdown of a guard was ended by a person, and until when."""
    translate = QCoreApplication.translate
    texts = {
        "finished": translate("Machine", "The stop after the last run is called off, until another run goes on."),
        "idle": translate("Machine", "The stop without work is called off, until something goes on again."),
        "ceiling": translate("Machine", "The limit is called off, until you change the guards."),
    }
    return texts[kind]


def countdown_text(countdown: Countdown, left: float, *, snoozed: bool) -> str:
    """What a guard is about to do, why, and in how many seconds `left`."""
    translate = QCoreApplication.translate
    time = duration_text(max(0.0, left))
    if countdown.unsafe:
        text = translate(
            "Machine", "The machine could stop, but the only copy of {runs} is there. Bring it home first."
        )
        return text.format(runs=", ".join(countdown.unsafe))
    if snoozed:
        return translate("Machine", "The guards wait: nothing is stopped for {time}.").format(time=time)
    text = _ALARMS[countdown.kind]() if countdown.alarm else _STOPS[countdown.kind]()
    return text.format(time=time)


def fired_text(fired: Fired, news: str) -> str:
    """How a stop went, in one of three words, or that it did not."""
    translate = QCoreApplication.translate
    when = datetime.fromtimestamp(fired.time).strftime("%H:%M")
    texts = {
        "ordered": translate("Machine", "Stop ordered at {time}. The machine still answers."),
        "silent": translate(
            "Machine", "Stop ordered at {time}, then it went silent. Your provider has not confirmed it: look there."
        ),
        "confirmed": translate("Machine", "Stopped at {time}. Your provider has confirmed it."),
        "refused": translate(
            "Machine", "The stop at {time} was refused. The machine goes on costing: stop it yourself."
        ),
    }
    return texts[news].format(time=when)


def _stop_finished() -> str:
    return QCoreApplication.translate("Machine", "Everything is done. The machine stops itself in {time}.")


def _stop_idle() -> str:
    return QCoreApplication.translate("Machine", "Nothing goes on here. The machine stops itself in {time}.")


def _stop_ceiling() -> str:
    return QCoreApplication.translate(
        "Machine", "The limit that you set is near. In {time} the run is saved and the machine stops itself."
    )


def _alarm_finished() -> str:
    return QCoreApplication.translate(
        "Machine", "Everything is done. The alarm comes in {time}: this machine must be stopped at your provider."
    )


def _alarm_idle() -> str:
    return QCoreApplication.translate(
        "Machine", "Nothing goes on here. The alarm comes in {time}: this machine must be stopped at your provider."
    )


def _alarm_ceiling() -> str:
    return QCoreApplication.translate(
        "Machine", "The limit that you set is near. The alarm comes in {time}: stop the machine at your provider."
    )


_STOPS = {"finished": _stop_finished, "idle": _stop_idle, "ceiling": _stop_ceiling}
_ALARMS = {"finished": _alarm_finished, "idle": _alarm_idle, "ceiling": _alarm_ceiling}

"""Words for the plots of a run."""

from PySide6.QtCore import QCoreApplication

from loraferry.runs.plotted import PlotId


def plot_name(plot: PlotId) -> str:
    """What a plot shows."""
    translate = QCoreApplication.translate
    texts: dict[PlotId, str] = {
        "validation": translate("Plots", "Validation loss, on pictures that are not trained"),
        "loss": translate("Plots", "Loss: jumps with the noise that each step draws"),
        "timesteps": translate("Plots", "Validation loss by degree of noise"),
        "lr": translate("Plots", "Learning rate"),
        "grad_norm": translate("Plots", "Gradient norm"),
        "images_per_s": translate("Plots", "Pictures a second"),
        "memory_mb": translate("Plots", "Memory in use, MB"),
    }
    return texts[plot]


def value_text(plot: PlotId, value: float) -> str:
    """One value, and what it is, in few words."""
    translate = QCoreApplication.translate
    short: dict[PlotId, str] = {
        "validation": translate("Plots", "validation {value}"),
        "loss": translate("Plots", "loss {value}"),
        "timesteps": translate("Plots", "validation {value}"),
        "lr": translate("Plots", "rate {value}"),
        "grad_norm": translate("Plots", "gradient {value}"),
        "images_per_s": translate("Plots", "{value} pictures/s"),
        "memory_mb": translate("Plots", "{value} MB"),
    }
    digits = {"lr": ".2e", "memory_mb": ".0f", "images_per_s": ".1f"}.get(plot, ".4f")
    return short[plot].format(value=format(value, digits))

"""The right side of the Plan page: what is in the way, how long, where it fits, in which buckets, on which machine, Train."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from loraferry.ferry.outlook import file_bytes, trained_numbers
from loraferry.forms.rows import small_label
from loraferry.forms.wheel import WheelGuard
from loraferry.remote.hosts import LOCAL
from loraferry.texts.quantities import bytes_text, number_text
from loraferry.viewmodels.launch import LaunchViewModel
from loraferry.viewmodels.lid import lid_of
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_desk import PlanDesk
from loraferry.viewmodels.services import Services
from loraferry.views.icons import icon
from loraferry.views.plan.buckets import BucketsCard
from loraferry.views.plan.findings import Findings
from loraferry.views.plan.machines import MachinesCard
from loraferry.views.plan.rate_curve import RateCard
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.lid_sign import LidSign

WIDTH = 344


class Summary(QWidget):
    """Live while settings change. What is found and counted scrolls; the machine and Train stay where they are."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        plan, desk = services.plan, services.plan_desk
        self._plan: PlanViewModel = plan
        self._desk: PlanDesk = desk
        self._launch: LaunchViewModel = services.launch
        self._runs, self._machines = services.runs, services.hosts
        self._findings = Findings(desk.preflight)
        self._lid = LidSign()
        self._where = QLabel()
        self._hosts = QComboBox()
        self._hosts.setObjectName("host")
        self._hosts.activated.connect(self._choose_host)
        WheelGuard(self._hosts)
        self._no_host = small_label("help")
        self._train = QPushButton()
        self._train.setObjectName("primary")
        self._train.setIconSize(QSize(18, 18))
        self._train.setMinimumHeight(44)
        self._train.clicked.connect(plan.request_training)
        cards = (
            self._findings,
            Sum(plan),
            MachinesCard(plan, desk.machines),
            BucketsCard(desk.pictures, desk.preflight),
            RateCard(plan),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(_scrolling(cards), 1)
        for widget in (self._where, self._hosts, self._no_host, self._lid, self._train):
            layout.addWidget(widget)
        plan.changed.connect(self._show)
        services.launch.changed.connect(self._show_lid)
        services.runs.changed.connect(self._show_lid)
        self.retranslate()
        self._dress()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._where.setText(self.tr("Train on"))
        self._hosts.setAccessibleName(self.tr("Train on"))
        self._no_host.setText(self.tr("There is no machine yet. Add one on the Hosts page."))
        self._train.setText(self.tr("Train"))
        self._findings.retranslate()
        self._show()
        self._show_lid()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._desk.pictures.watch(True)
        self._desk.machines.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._desk.pictures.watch(False)

    def _dress(self) -> None:
        tokens = tokens_now()
        self._train.setIcon(icon("train", 18, colour=tokens.on_accent))

    def _show(self) -> None:
        choices = self._plan.hosts
        labels = [choice.label for choice in choices]
        if labels != [self._hosts.itemText(index) for index in range(self._hosts.count())]:
            self._hosts.clear()
            self._hosts.addItems(labels)
        ids = [choice.id for choice in choices]
        self._hosts.setCurrentIndex(ids.index(self._plan.host) if self._plan.host in ids else -1)
        self._hosts.setVisible(bool(choices))
        self._where.setVisible(bool(choices))
        self._no_host.setVisible(not choices)
        self._train.setEnabled(self._plan.can_train)

    def _show_lid(self) -> None:
        self._lid.show_lid(lid_of(self._launch.state, self._runs.active, self._machines.agent_of(LOCAL)))

    def _choose_host(self, index: int) -> None:
        self._plan.set_host(self._plan.hosts[index].id)
        self._desk.machines.look()


def _scrolling(cards: tuple[QWidget, ...]) -> QScrollArea:
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(0, 0, 8, 0)
    column.setSpacing(12)
    for card in cards:
        column.addWidget(card)
    column.addStretch()
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


class Sum(QFrame):
    """Images × repeats ÷ batch × epochs = steps, written as a sum, and the size of what comes out."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._plan = plan
        self._title = QLabel()
        self._title.setObjectName("heading")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._names: dict[str, QLabel] = {}
        self._numbers: dict[str, QLabel] = {}
        self._signs: dict[str, QLabel] = {}
        for line, (key, sign) in enumerate(
            (
                ("images", ""),
                ("shown", "="),
                ("repeats", "×"),
                ("regularisation", "+"),
                ("epochs", "×"),
                ("batch", "÷"),
            )
        ):
            self._add_line(grid, line, key, sign)
        rule = QFrame()
        rule.setFixedHeight(1)
        rule.setObjectName("rule")
        grid.addWidget(rule, 6, 0, 1, 3)
        self._add_line(grid, 7, "steps", "=")
        self._file = small_label("help")
        self._numbers["steps"].setObjectName("number")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self._title)
        layout.addLayout(grid)
        layout.addWidget(self._file)
        plan.changed.connect(self._show)
        self.retranslate()

    def number(self, key: str) -> str:
        """What stands behind images, repeats, epochs, batch or steps."""
        return self._numbers[key].text()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Length of the run"))
        self._names["images"].setText(self.tr("approved pictures"))
        self._names["shown"].setText(self.tr("with the repeats of concepts"))
        self._names["repeats"].setText(self.tr("repeats"))
        self._names["regularisation"].setText(self.tr("regularisation pictures"))
        self._names["epochs"].setText(self.tr("epochs"))
        self._names["batch"].setText(self.tr("pictures a step"))
        self._names["steps"].setText(self.tr("steps"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add_line(self, grid: QGridLayout, line: int, key: str, sign: str) -> None:
        number = QLabel()
        number.setFont(tabular(number.font()))
        name = QLabel()
        name.setObjectName("muted")
        self._signs[key] = QLabel(sign)
        grid.addWidget(self._signs[key], line, 0)
        grid.addWidget(name, line, 1)
        grid.addWidget(number, line, 2, Qt.AlignmentFlag.AlignRight)
        self._names[key], self._numbers[key] = name, number

    def _show(self) -> None:
        total = self._plan.arithmetic
        rounded = f"≈ {total.epochs:.1f}" if total.by_steps and total.epochs else number_text(total.epochs)
        texts = {
            "images": str(total.images),
            "shown": str(total.shown),
            "regularisation": str(total.regularisation),
            "repeats": str(total.repeats),
            "epochs": rounded if total.epochs else "–",
            "batch": str(total.batch),
            "steps": str(total.steps) if total.steps else "–",
        }
        for key, text in texts.items():
            self._numbers[key].setText(text)
        for key, wanted in (("shown", total.shown != total.images), ("regularisation", total.regularisation > 0)):
            for labels in (self._signs, self._names, self._numbers):
                labels[key].setVisible(wanted)
        size, numbers = file_bytes(self._plan.config), trained_numbers(self._plan.config)
        self._file.setVisible(size is not None)
        if size is not None and numbers is not None:
            text = self.tr("The LoRA file takes about {size}: {count} million numbers are learned.")
            self._file.setText(text.format(size=bytes_text(size), count=f"{numbers / 1e6:.1f}"))

"""The right side of the Plan page: how many steps, what is in the way, on which machine, Train."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.forms.rows import small_label
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.quantities import number_text
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.icons import icon
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.notice import Notice

WIDTH = 304


class Summary(QWidget):
    """Live while settings change."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self._plan = plan
        self._notices: list[Notice] = []
        self._sum = Sum(plan)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(8)
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._sum)
        layout.addLayout(self._findings)
        layout.addStretch()
        layout.addWidget(self._where)
        layout.addWidget(self._hosts)
        layout.addWidget(self._no_host)
        layout.addWidget(self._train)
        plan.changed.connect(self._show)
        self.retranslate()
        self._dress()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._where.setText(self.tr("Train on"))
        self._hosts.setAccessibleName(self.tr("Train on"))
        self._no_host.setText(self.tr("There is no machine yet. Add one on the Hosts page."))
        self._train.setText(self.tr("Train"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        self._train.setIcon(icon("train", 18, colour=tokens.on_accent))

    def _show(self) -> None:
        self._show_findings()
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

    def _show_findings(self) -> None:
        found = self._plan.findings
        if [notice.problem for notice in self._notices] == list(found):
            return
        for notice in self._notices:
            notice.hide()
            notice.deleteLater()
        self._notices = [Notice(problem) for problem in found]
        for notice in self._notices:
            self._findings.addWidget(notice)

    def _choose_host(self, index: int) -> None:
        self._plan.set_host(self._plan.hosts[index].id)


class Sum(QFrame):
    """Images × repeats ÷ batch × epochs = steps, written as a sum."""

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
        for line, (key, sign) in enumerate((("images", ""), ("repeats", "×"), ("epochs", "×"), ("batch", "÷"))):
            self._add_line(grid, line, key, sign)
        rule = QFrame()
        rule.setFixedHeight(1)
        rule.setObjectName("rule")
        grid.addWidget(rule, 4, 0, 1, 3)
        self._add_line(grid, 5, "steps", "=")
        self._numbers["steps"].setObjectName("number")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self._title)
        layout.addLayout(grid)
        plan.changed.connect(self._show)
        self.retranslate()

    def number(self, key: str) -> str:
        """What stands behind images, repeats, epochs, batch or steps."""
        return self._numbers[key].text()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Length of the run"))
        self._names["images"].setText(self.tr("approved pictures"))
        self._names["repeats"].setText(self.tr("repeats"))
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
        grid.addWidget(QLabel(sign), line, 0)
        grid.addWidget(name, line, 1)
        grid.addWidget(number, line, 2, Qt.AlignmentFlag.AlignRight)
        self._names[key], self._numbers[key] = name, number

    def _show(self) -> None:
        total = self._plan.arithmetic
        rounded = f"≈ {total.epochs:.1f}" if total.by_steps and total.epochs else number_text(total.epochs)
        texts = {
            "images": str(total.images),
            "repeats": str(total.repeats),
            "epochs": rounded if total.epochs else "–",
            "batch": str(total.batch),
            "steps": str(total.steps) if total.steps else "–",
        }
        for key, text in texts.items():
            self._numbers[key].setText(text)

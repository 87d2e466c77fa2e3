"""The entry of a menu by which a person names the file of the face detector, where it cannot be downloaded."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from loraferry.ferry.face_model import FaceModel
from loraferry.viewmodels.studio import Studio
from loraferry_core.problems import ProblemError


class FaceFileAction(QAction):
    """Asks for the file and takes it when it is the right one."""

    def __init__(self, faces: FaceModel, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._faces = faces
        self._studio = studio
        self.triggered.connect(self._ask)
        parent.installEventFilter(self)
        self._retranslate()

    @classmethod
    def into(cls, menu: QMenu, faces: FaceModel, studio: Studio) -> None:
        """Put it at the end of a menu, apart from the rest."""
        menu.addSeparator()
        menu.addAction(cls(faces, studio, menu))

    def _ask(self) -> None:
        name = self._faces.model.file
        file = self._studio.prompter.choose_file(
            self.tr("The face detector: {name}").format(name=name), filters="ONNX (*.onnx)"
        )
        if file is None:
            return
        try:
            self._faces.adopt(file)
        except ProblemError as error:
            self._studio.dataset.problem_found.emit(error.problem)

    def _retranslate(self) -> None:
        self.setText(self.tr("Face detector from a file…"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Words change with those of the menu."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        return super().eventFilter(watched, event)

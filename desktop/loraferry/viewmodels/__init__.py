"""State and actions of each page. QtCore and QtGui only."""

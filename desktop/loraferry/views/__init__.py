"""Widgets, one folder a page."""

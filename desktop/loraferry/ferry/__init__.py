"""Whole journeys over library, remote and runs: launch, follow, bring home. No Qt."""

"""The local mirror of jobs: events, pulled files, the shelf of models. No Qt."""

"""Property tests here have no deadline, as a busy machine is no defect, and leave no files behind."""

from hypothesis import settings

settings.register_profile("core", deadline=None, database=None)
settings.load_profile("core")

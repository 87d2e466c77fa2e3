"""A studio over folders of its own, as a test or bench needs it."""

from pathlib import Path

from loraferry.library.places import Places
from loraferry.remote.hosts import Hosts
from loraferry.remote.secrets import Secrets
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import Runner
from tests.fakes.door import FakeDoor
from tests.fakes.prompter import FakePrompter


def make_studio(folder: Path, tasks: Runner, places: Places | None = None) -> Studio:
    """`folder` takes settings, plan, hosts, data and cache. Close `dataset` of it at the end."""
    settings = SettingsViewModel(folder / "settings.json")
    dataset = DatasetViewModel(tasks, settings, places or Places(folder / "data", folder / "cache"))
    prompter, secrets = FakePrompter(), Secrets(None)
    hosts = HostsViewModel(Hosts(folder / "hosts.json"), FakeDoor(), lambda: secrets, tasks, prompter)
    return Studio(dataset, tasks, settings, PlanViewModel(folder / "plan.json"), prompter, hosts, lambda: secrets)

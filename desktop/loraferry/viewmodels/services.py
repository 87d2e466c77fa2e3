"""What pages are built from: one immutable bundle, put together by `app.py`."""

from dataclasses import dataclass

from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.host_guards import HostGuards
from loraferry.viewmodels.host_load import HostLoads
from loraferry.viewmodels.host_storage import HostStorage
from loraferry.viewmodels.host_uninstall import HostUninstall
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.launch import LaunchViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_desk import PlanDesk
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.shelf import ShelfViewModel
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import TaskRunner


@dataclass(frozen=True)
class Services:
    """Every service a page may need. `views.<page>.page.build(services)` takes what it wants from here."""

    tasks: TaskRunner
    settings: SettingsViewModel
    prompter: Prompter
    plan: PlanViewModel
    plan_desk: PlanDesk
    dataset: DatasetViewModel
    studio: Studio
    hosts: HostsViewModel
    loads: HostLoads
    guards: HostGuards
    storage: HostStorage
    uninstall: HostUninstall
    bases: BaseModels
    runs: RunsViewModel
    shelf: ShelfViewModel
    launch: LaunchViewModel

"""The studio: the open folder and everything that is done to it, each subject its own view-model, made when needed."""

from collections.abc import Callable
from functools import cached_property

from loraferry.remote.secrets import Secrets
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.dataset_quality import DatasetQuality
from loraferry.viewmodels.dataset_statistics import DatasetStatistics
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.project_words import ProjectWords
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tag_edits import TagEdits
from loraferry.viewmodels.tag_suggestions import TagSuggestions
from loraferry.viewmodels.tasks import Runner


class Studio:
    """What the parts of the Dataset page are built from. Lives in the main thread."""

    def __init__(
        self,
        dataset: DatasetViewModel,
        tasks: Runner,
        settings: SettingsViewModel,
        plan: PlanViewModel,
        prompter: Prompter,
        hosts: HostsViewModel,
        open_secrets: Callable[[], Secrets],
    ) -> None:
        self.dataset = dataset
        self.tasks = tasks
        self.settings = settings
        self.plan = plan
        self.prompter = prompter
        self.hosts = hosts
        self.open_secrets = open_secrets

    @cached_property
    def filter(self) -> DatasetFilter:
        """What is shown, and in which order."""
        return DatasetFilter(self.dataset, self.tasks, self.settings, self.plan, self.dataset)

    @cached_property
    def quality(self) -> DatasetQuality:
        """Sorting out by what was measured."""
        return DatasetQuality(self.dataset, self.filter, self.tasks, self.dataset)

    @cached_property
    def statistics(self) -> DatasetStatistics:
        """The set in numbers."""
        return DatasetStatistics(self.filter, self.tasks, self.dataset)

    @cached_property
    def tag_edits(self) -> TagEdits:
        """Tags of the set and of the selection."""
        return TagEdits(self.dataset, self.filter, self.dataset)

    @cached_property
    def suggestions(self) -> TagSuggestions:
        """What a tag may become while it is typed."""
        return TagSuggestions(self.dataset, self.filter, self.tasks, self.dataset)

    @cached_property
    def words(self) -> ProjectWords:
        """What holds for all pictures."""
        return ProjectWords(self.dataset, self.plan, self.dataset)

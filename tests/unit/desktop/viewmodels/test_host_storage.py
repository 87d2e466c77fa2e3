"""What machines keep: grouped, freed, wiped with proof; and the uninstalling at the end."""

from loraferry.viewmodels.host_rows import HostState
from loraferry.viewmodels.host_storage import HostStorage, projects_of, proposed
from loraferry.viewmodels.host_uninstall import HostUninstall
from loraferry_core.jobs import JobState
from loraferry_core.problems import fail, problem
from tests.fakes.machine import ITEMS, item
from tests.fakes.stories import add_run
from tests.unit.desktop.viewmodels.conftest import Rented


def test_items_are_grouped_by_what_they_were_kept_for(rented: Rented) -> None:
    projects = projects_of(ITEMS)
    assert [project.name for project in projects] == ["zorblax", "ink", ""]
    assert projects[0].bytes == 686 * 10**6
    assert [each.bytes for each in projects[0].items] == sorted((i.bytes for i in projects[0].items), reverse=True)


def test_nothing_is_known_before_somebody_looks(rented: Rented) -> None:
    storage = HostStorage(rented.hosts, rented.tasks, rented.store)
    storage.look(rented.id)
    assert not storage.of(rented.id).known
    rented.connect()
    told: list[str] = []
    storage.changed.connect(told.append)
    storage.look(rented.id)
    stored = storage.of(rented.id)
    assert (stored.known, stored.items, stored.busy) == (True, ITEMS, False)
    assert told == [rented.id, rented.id]
    assert {each.key.kind for each in stored.leftovers} == {"leftovers", "cache"}
    assert [each.key.kind for each in stored.in_use] == ["pictures"]


def test_freeing_asks_for_exactly_what_was_chosen(rented: Rented) -> None:
    storage, client = HostStorage(rented.hosts, rented.tasks, rented.store), rented.connect()
    storage.free(rented.id, [])
    assert client.wanted == []
    storage.free(rented.id, [ITEMS[0].key])
    assert client.wanted == [("free", {ITEMS[0].key})]
    assert ITEMS[0] not in storage.of(rented.id).items


def test_a_wipe_looks_again_and_says_what_is_left(rented: Rented) -> None:
    storage, client = HostStorage(rented.hosts, rented.tasks, rented.store), rented.connect()
    seen: list[str] = []
    storage.changed.connect(lambda host: seen.append(storage.of(host).wipe))
    storage.wipe(rented.id)
    assert [wanted[0] for wanted in client.wanted] == ["storage", "free", "storage"]  # type: ignore[index]
    assert seen == ["under_way", "left"]
    assert [each.key.kind for each in storage.of(rented.id).items] == ["pictures"]
    client.items = (item("token", "civitai", "civitai", "", 0),)
    storage.wipe(rented.id)
    assert (storage.of(rented.id).wipe, storage.of(rented.id).items) == ("clean", ())


def test_a_failure_is_shown_where_it_happened(rented: Rented) -> None:
    storage, client = HostStorage(rented.hosts, rented.tasks, rented.store), rented.connect()
    storage.look(rented.id)
    client.refuse = fail("link_lost", host="box")
    storage.wipe(rented.id)
    stored = storage.of(rented.id)
    assert stored.problem is not None
    assert (stored.problem.code, stored.wipe, stored.items) == ("link_lost", "", ITEMS)
    assert rented.tasks.problems == []


def test_uninstalling_leaves_the_host_first(rented: Rented) -> None:
    uninstall = HostUninstall(rented.hosts, rented.door, rented.tasks)
    rented.connect()
    uninstall.start(rented.id)
    assert rented.hosts.host(rented.id).state is HostState.OFFLINE
    assert [host.id for host in rented.door.uninstalled] == [rented.id]
    assert uninstall.of(rented.id).state == "done"
    rented.connect()
    assert uninstall.of(rented.id).state == ""


def test_an_uninstalling_that_fails_can_be_tried_again(rented: Rented) -> None:
    uninstall = HostUninstall(rented.hosts, rented.door, rented.tasks)
    refused = problem("connection_refused", host="box", port=22)
    rented.door.script.append(refused)
    uninstall.start(rented.id)
    assert uninstall.of(rented.id).problem == refused
    uninstall.start(rented.id)
    assert uninstall.of(rented.id).state == "done"


def test_only_what_is_lost_without_harm_is_proposed(rented: Rented) -> None:
    def kinds(*finished: str) -> list[tuple[str, str]]:
        found = proposed((*ITEMS, item("cache", "busy", "", "", 1, in_use=True)), finished)
        return sorted((key.kind, key.id) for key in found)

    assert kinds() == [("cache", "latents"), ("leftovers", "parts")]
    assert kinds("job-2") == [("cache", "latents"), ("checkpoints", "job-2"), ("leftovers", "parts")]


def test_the_runs_known_here_say_whose_checkpoints_can_go(rented: Rented) -> None:
    storage, client = HostStorage(rented.hosts, rented.tasks, rented.store), rented.connect()
    jobs = [add_run(rented.store, state) for state in (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)]
    client.items = tuple(item("checkpoints", job, "", "", 1) for job in jobs)
    storage.look(rented.id)
    assert [key.id for key in storage.proposal(rented.id)] == [jobs[0]]


def test_whoever_wants_room_is_connected_first(rented: Rented) -> None:
    storage = HostStorage(rented.hosts, rented.tasks, rented.store)
    told: list[bool] = []
    storage.room_wanted.connect(lambda host: told.append(rented.hosts.client(host) is not None))
    storage.want_room(rented.id)
    assert told == [True]

"""The guards: one question at the first connection, then the machine is told, again and again where it must be."""

from collections.abc import Iterator

import pytest

from loraferry.remote.hosts import LOCAL
from loraferry.remote.vendors import stop_of, vendor_of
from loraferry.viewmodels.guard_terms import stop_news, terms_of, usual_prices
from loraferry.viewmodels.host_guards import SNOOZE_S, HostGuards
from loraferry.viewmodels.host_rows import HostDraft, HostState
from loraferry_core.guards import Fired, GuardSettings, GuardState
from loraferry_core.host import Gpu
from tests.fakes.door import FACTS, FakeClient
from tests.unit.desktop.viewmodels.conftest import Rented


@pytest.fixture
def guards(rented: Rented) -> Iterator[HostGuards]:
    yield HostGuards(rented.hosts, rented.loads, rented.tasks, rented.prompter)


def sent(client: FakeClient) -> list[GuardSettings]:
    return [wanted[1] for wanted in client.wanted if wanted[0] == "set_guards"]  # type: ignore[index]


def test_the_first_connection_asks_once_with_everything_on(rented: Rented, guards: HostGuards) -> None:
    rented.prompter.answers = [True]
    client = rented.connect()
    assert rented.prompter.asked == ["guards of A10G"]
    (settings,) = sent(client)
    assert settings.armed
    assert settings.finished_s == 900
    assert settings.stop == stop_of(vendor_of("autodl"), FACTS)
    assert settings.stop.possible
    assert rented.hosts.host(rented.id).guards == settings
    rented.hosts.disconnect_host(rented.id)
    again = rented.connect()
    assert rented.prompter.asked == ["guards of A10G"]
    assert sent(again) == [settings]


def test_whoever_waited_for_the_machine_has_it_before_the_question(rented: Rented, guards: HostGuards) -> None:
    rented.prompter.answers = [True]
    asked_then: list[list[str]] = []
    rented.hosts.ensure_connected(rented.id, lambda client: asked_then.append(list(rented.prompter.asked)))
    assert asked_then == [[]]
    assert rented.prompter.asked


def test_without_a_decision_nothing_is_armed_and_it_is_asked_again(rented: Rented, guards: HostGuards) -> None:
    rented.prompter.answers = [None, GuardSettings(armed=False)]
    client = rented.connect()
    assert sent(client) == []
    assert rented.hosts.host(rented.id).guards is None
    rented.hosts.disconnect_host(rented.id)
    assert [settings.armed for settings in sent(rented.connect())] == [False]


def test_this_computer_has_no_meter(rented: Rented, guards: HostGuards) -> None:
    rented.hosts.connect_host(LOCAL)
    assert rented.prompter.asked == []


def test_the_price_of_the_question_is_that_of_the_host(rented: Rented, guards: HostGuards) -> None:
    rented.prompter.answers = [GuardSettings(armed=True, price_per_hour=1.88, currency="CNY")]
    rented.connect()
    row = rented.hosts.host(rented.id)
    assert (row.price, row.currency) == (1.88, "CNY")
    draft = row.draft
    assert draft is not None
    rented.hosts.change(rented.id, draft.replace(price=2.5, vendor="lambda"))
    rented.hosts.disconnect_host(rented.id)
    (settings,) = sent(rented.connect())
    assert (settings.price_per_hour, settings.stop.possible) == (2.5, False)


def test_snoozing_and_switching_off_reach_the_machine_and_the_card(rented: Rented, guards: HostGuards) -> None:
    rented.prompter.answers = [True]
    client = rented.connect()
    rented.loads.poll()
    guards.snooze(rented.id)
    assert ("snooze_guards", SNOOZE_S) in client.wanted
    reading = rented.loads.reading(rented.id)
    assert reading is not None
    assert reading.load.guards.snoozed_until == reading.load.time + SNOOZE_S
    guards.arm(rented.id, False)
    reading = rented.loads.reading(rented.id)
    assert reading is not None
    assert not reading.load.guards.settings.armed
    stored = rented.hosts.host(rented.id).guards
    assert stored is not None
    assert not stored.armed


def test_what_is_said_of_a_machine_that_cannot_stop_itself(rented: Rented) -> None:
    terms = terms_of(rented.hosts.host(rented.id))
    assert (terms.vendor, terms.can_stop) == ("AutoDL", True)
    other = rented.hosts.add(HostDraft(host="150.136.1.2", vendor="lambda"))
    assert other is not None
    terms = terms_of(rented.hosts.host(other))
    assert not terms.can_stop
    assert terms.console.startswith("https://")


def test_usual_prices_are_those_of_the_card() -> None:
    card = Gpu(name="NVIDIA A100 80GB PCIe", memory_mb=81_920, free_mb=0, compute_capability="8.0", driver="550")
    prices = usual_prices(vendor_of("runpod"), FACTS.replace(gpus=(card,)))
    assert [price.per_hour for price in prices] == [1.19, 1.79]
    assert usual_prices(vendor_of("runpod"), None) == ()


@pytest.mark.parametrize(
    ("word", "state", "news"),
    [
        ("ordered", HostState.ONLINE, "ordered"),
        ("ordered", HostState.SUSPECT, "ordered"),
        ("ordered", HostState.LOST, "silent"),
        ("ordered", HostState.OFFLINE, "silent"),
        ("confirmed", HostState.OFFLINE, "confirmed"),
        ("refused", HostState.ONLINE, "refused"),
    ],
)
def test_a_stop_has_three_words_and_a_refusal(word: str, state: HostState, news: str) -> None:
    fired = Fired(kind="finished", time=50.0, word=word)  # type: ignore[arg-type]
    assert stop_news(GuardState(started=10.0, fired=fired), state) == news
    assert stop_news(GuardState(started=60.0, fired=fired), state) is None
    assert stop_news(GuardState(started=10.0), state) is None

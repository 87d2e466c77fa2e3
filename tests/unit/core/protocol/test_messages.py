"""The unions are whole, and no message holds a number or a name that could do harm."""

import pytest
from pydantic import ValidationError

from loraferry_core.protocol import messages as m
from tests.unit.core.examples import ANSWERS, JOB, MESSAGES, PUSHES, REQUESTS, SHA, members


def test_there_is_an_example_of_each():
    assert {type(request) for request in REQUESTS} == members(m.Request)
    assert {type(answer) for answer in ANSWERS} == members(m.Answer)
    assert {type(push) for push in PUSHES} == members(m.Push)
    assert members(m.Message) == members(m.Request) | members(m.Push) | {m.Reply} == {type(x) for x in MESSAGES}


def test_types_tell_them_apart():
    names = [kind.model_fields["type"].default for kind in members(m.Message) | members(m.Answer)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("kind", "values", "where"),
    [
        (m.Ping, {"id": -1}, "id"),
        (m.Ping, {"id": 2**63}, "id"),
        (m.Reply, {"re": 0, "answer": {"type": "done"}}, "re"),
        (m.Put, {"stream": 0, "sha256": SHA, "size": 0}, "stream"),
        (m.Put, {"stream": 2**32, "sha256": SHA, "size": 0}, "stream"),
        (m.Put, {"stream": 1, "sha256": SHA.upper(), "size": 0}, "sha256"),
        (m.Put, {"stream": 1, "sha256": SHA, "size": 2**63}, "size"),
        (m.Put, {"stream": 1, "sha256": SHA, "size": 0, "offset": -1}, "offset"),
        (m.Stop, {"job": "../x"}, "job"),
        (m.Stop, {"job": ""}, "job"),
        (m.Stop, {"job": "a" * 65}, "job"),
        (m.Subscribe, {"job": JOB, "after_seq": -1}, "after_seq"),
        (m.Read, {"job": JOB, "name": "a", "offset": 0, "length": 64 * 2**20 + 1, "stream": 1}, "length"),
        (m.Read, {"job": JOB, "name": "a", "offset": 0, "length": 0, "stream": 1}, "length"),
        (m.ReadLog, {"job": JOB, "lines": 10_001}, "lines"),
        (m.Commit, {"manifest": SHA, "kind": "other"}, "kind"),
        (m.Missing, {"indexes": (-2,)}, "indexes"),
        (m.Missing, {"indexes": (), "partial": {"-2": 0}}, "partial"),
        (m.Missing, {"indexes": (), "partial": {"0": -1}}, "partial"),
        (m.BlockRead, {"length": -1, "sha256": SHA, "file_size": 0}, "length"),
        (m.Events, {"job": JOB, "events": (), "last_seq": 2**63}, "last_seq"),
        (m.Pong, {"time": 1e18}, "time"),
        (m.Done, {"more": 1}, "more"),
        (m.Welcome, {"agent_id": "a/b", "protocol": 1, "product": "", "schema_number": 1, "time": 0}, "agent_id"),
    ],
)
def test_what_is_wrong_is_named(kind, values, where):
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(values)
    (error,) = caught.value.errors()
    assert error["loc"][0] == where

import os
import time
import types

import pytest

from hop_tf.benchmarks.latency import machine
from hop_tf.benchmarks.latency.machine import Use, describe_machine, disturbances, state, wait_until_idle

IDLE = Use(clock=100.0, used=50.0, stolen=1.0, own=20.0, slowed=3)


@pytest.fixture
def quiet(monkeypatch):
    """A machine of two processors that nothing keeps busy; its counters and load can be set."""
    found = types.SimpleNamespace(load=0.1, changes={})

    def now():
        found.clock = getattr(found, "clock", 98.0) + 2.0
        steps = (found.clock - 100.0) / 2.0
        return Use(found.clock, *(getattr(IDLE, name) + steps * found.changes.get(name, 0) for name in Use._fields[1:]))

    monkeypatch.setattr(machine.psutil, "cpu_count", lambda logical=True: 2)
    monkeypatch.setattr(machine, "processors", lambda: 2)
    monkeypatch.setattr(machine.psutil, "getloadavg", lambda: (found.load, 0, 0))
    monkeypatch.setattr(Use, "now", now)
    monkeypatch.setattr(machine, "WINDOW", 0)
    return found


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"used": 1.0}, "other processes use 25% of the processors"),
        ({"stolen": 0.4}, "other virtual machines take 10% of the processors"),
        ({"slowed": 7}, "clocks or the container were throttled 7 times"),
        ({"used": 3.0, "own": 2.9}, None),  # its own work is no disturbance
    ],
)
def test_a_disturbance_is_named(quiet, change, reason):
    after = Use(*(getattr(IDLE, name) + change.get(name, 0) for name in Use._fields))
    assert disturbances(IDLE, after._replace(clock=102.0)) == [reason] * bool(reason)


def test_an_idle_machine_is_not_waited_for(quiet):
    said = []
    assert wait_until_idle(said.append) == [] and not said


@pytest.mark.parametrize("name, value", [("changes", {"used": 2.0}), ("load", 2.5)])
def test_a_busy_machine_is_refused_after_some_patience(quiet, name, value):
    setattr(quiet, name, value)
    said = []
    reasons = wait_until_idle(said.append, patience=0.01)
    assert len(reasons) == 2 and "the busiest is" in reasons[1] and f"process {os.getpid()}" not in reasons[1]
    assert all("waiting for an idle machine" in line for line in said)


def test_a_machine_that_becomes_idle_is_accepted(quiet):
    quiet.load, said = 9.0, []
    assert wait_until_idle(lambda line: (said.append(line), setattr(quiet, "load", 0.0))) == []
    assert "the load of the last minute is 9.0 on 2 processors" in said[0]


def test_the_counters_of_this_machine_move_forwards():
    before, began = Use.now(), time.process_time()
    while time.process_time() - began < 0.1:  # the kernel counts in hundredths of a second
        sum(range(10**5))
    after = Use.now()
    assert after.own > before.own and after.used >= before.used and after.clock > before.clock


def test_the_machine_is_described():
    found = describe_machine()
    assert found["cpu"] and 1 <= found["processors"] <= found["logical_processors"]
    assert found["memory_gb"] > 0 and "numpy" in found["versions"]
    assert {"governor", "numa_nodes", "simultaneous_multithreading", "container_processors"} <= found.keys()
    assert state()["load"] >= 0


def test_throttled_clocks_of_a_gpu_are_a_disturbance(monkeypatch):
    monkeypatch.setattr(machine.nvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(machine.nvml, "nvmlDeviceGetHandleByIndex", lambda i: "gpu")
    monkeypatch.setattr(machine.nvml, "nvmlDeviceGetCurrentClocksEventReasons", lambda gpu: 0x40)
    monkeypatch.setattr(machine.nvml, "nvmlDeviceGetPowerUsage", lambda gpu: 250_000)
    assert state()["gpu_watts"] == 250 and state()["gpu_throttle_reasons"] == 0x40
    assert disturbances(IDLE, IDLE._replace(clock=102.0)) == ["the clocks of the GPU are throttled"]

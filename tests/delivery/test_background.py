"""Jobs in the background: begun late, limited, and not the end of anything if they fail."""

from threading import Event, active_count

import pytest

from validate_service.delivery.background import BackgroundThreads

PATIENCE_S = 20


def test_jobs_are_done_by_a_few_threads() -> None:
    """None of which is there before the first job: a process that forks loses none."""
    before = active_count()
    background = BackgroundThreads(threads=2)
    assert active_count() == before
    done = [Event() for _ in range(20)]
    for event in done:
        assert background(event.set)
    assert all(event.wait(PATIENCE_S) for event in done)
    assert active_count() == before + 2


def test_only_so_many_jobs_wait() -> None:
    """One more is not taken, and whoever has it knows."""
    background = BackgroundThreads(threads=1, most_waiting=2)
    begun, go_on, last = Event(), Event(), Event()

    def hold() -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    assert background(hold)
    assert begun.wait(PATIENCE_S)
    assert [background(lambda: None), background(last.set), background(lambda: None)] == [True, True, False]
    go_on.set()
    assert last.wait(PATIENCE_S)


def test_a_job_that_fails_ends_nothing(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """The log says which kind of failure it was, and not what the job was about."""
    background, done = BackgroundThreads(threads=1), Event()

    def fail() -> None:
        raise ValueError("0123456789")

    assert background(fail)
    assert background(done.set)
    assert done.wait(PATIENCE_S)
    # Where the log goes depends on whether a test before this one has configured it.
    said = "".join(capfd.readouterr()) + caplog.text
    assert "ValueError" in said
    assert "0123456789" not in said

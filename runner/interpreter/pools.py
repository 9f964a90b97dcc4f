"""Thread pools: what is submitted to them, which worker runs it, and what came of it.

The pools are the substrate's own ThreadPoolExecutors; here their workers are given names, and what they do is recorded.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from runner.interpreter.job import Job
from runner.interpreter.threads import ThreadRun
from runner.program import Resource
from runner.program.ops import Begin, Done, Env, Serve, Submit
from runner.trace import ABSENT

if TYPE_CHECKING:
    from runner.interpreter.execution import Execution


class Pools:
    """The pools of one run."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._executors: dict[str, Any] = {}
        self._numbers: dict[str, Callable[[], int]] = {}
        self._runs: dict[str, ThreadRun] = {}
        self._serve: dict[str, Serve] = {}
        self.jobs: list[Job] = []
        substrate = execution.substrate
        self._one_by_one: Any = nullcontext() if substrate.controlled else substrate.modules.threading.Lock()
        """Held while something is submitted: futures are numbered in the order in which the pool has them."""
        self.ends: dict[str, str] = {}
        """Worker → how it ended."""

    def make(self, resource: Resource) -> Any:
        """Make a pool."""
        name = resource.name
        self._numbers[name] = itertools.count(1).__next__
        self._serve[name] = Serve(resource.place, lambda env: name)
        executor = self._executors[name] = self._execution.substrate.modules.futures.ThreadPoolExecutor(
            resource.options["max_workers"], name, self._arrive, (name,)
        )
        executor._work_queue.before_get = self._execution.substrate.before_work
        return executor

    def _arrive(self, pool: str) -> None:
        """Be a new worker."""
        substrate = self._execution.substrate
        worker = substrate.modules.threading.current_thread().name
        substrate.enter(worker)
        self._runs[worker] = ThreadRun(worker, self._execution)
        self.ends[worker] = "abandoned"
        substrate.intend(self._serve[pool], pool)

    def submit(self, op: Submit, pool: str, args: Env) -> tuple[Job, int | None]:
        """Submit a function; return its future, and the event's ticket.

        Raises:
            RuntimeError: the pool has been shut down.
        """
        with self._one_by_one:
            ticket = self._execution.recorder.ticket()
            job = Job(pool, self._numbers[pool]())
            self.jobs.append(job)
            job.future = self._executors[pool].submit(self._perform, job, op, args)
        return job, ticket

    def _perform(self, job: Job, op: Submit, args: Env) -> Any:
        """Run what was submitted; its worker does."""
        execution = self._execution
        run = self._runs[execution.substrate.modules.threading.current_thread().name]
        begin, done = Begin(op.place, lambda env: job.name), Done(op.place, lambda env: job.name)
        try:
            job.worker = run.name
            run.before(begin, job.name)
            run.record(begin, job.name, value=op.function)
            args.setdefault("thread", run.name)
            result = run.work(run.function(op.function), args)
            run.intend(done, job.name)
            run.before_end()
            execution.recorder.record(run.name, "done", op.place.path, job.name, result=ABSENT if result is None else result)
            return result
        except Exception as error:
            if not execution.substrate.over:
                run.intend(done, job.name)
                run.before_end()
                execution.recorder.record(run.name, "done", op.place.path, job.name, error=type(error).__name__)
            raise
        finally:
            run.let_others()  # where the run has ended in the midst of an atomic group
            execution.substrate.intend(self._serve[job.pool], job.pool)

    def shut_down(self, pool: str, *, wait: bool, cancel_futures: bool = False) -> None:
        """Shut a pool down; its workers end when there is nothing more to do."""
        self._executors[pool].shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            self.ends.update((worker, "ended") for worker in tuple(self.ends) if worker.rpartition("_")[0] == pool)

    def names(self) -> tuple[str, ...]:
        """Return the pools' names."""
        return tuple(self._executors)

    def workers(self) -> tuple[Any, ...]:
        """Return the `threading.Thread` of every worker."""
        return tuple(worker for executor in self._executors.values() for worker in tuple(executor._threads))

    def busy_worker(self, job: str) -> str | None:
        """Return who runs what has this name; where nobody has begun with it, the first of the workers, which are all busy."""
        running = next((other.worker for other in self.jobs if other.name == job and other.worker), None)
        return running or next((worker for worker in self.ends if worker.rpartition("_")[0] == job.rpartition("/")[0]), None)

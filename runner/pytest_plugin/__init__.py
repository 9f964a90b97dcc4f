"""The pytest plugin: scenarios in the configured folders are test items, and Python tests have the fixture `scenario`.

    [tool.pytest.ini_options]
    scenario_paths = ["scenarios"]       # none by default: nothing is collected then

This module is imported by every pytest wherever the package is installed. It imports nothing but pytest and has no hook that
is called for each file or test; what it needs beyond that it imports when a setting, an option or a test asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from runner.pytest_plugin.fixture import RunScenario, ScenarioRun

__all__ = ["RunScenario", "ScenarioRun"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import runner.pytest_plugin.fixture as fixture

        return getattr(fixture, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings and options."""
    parser.addini("scenario_paths", "Folders whose scenarios are tests.", type="paths", default=[])
    parser.addini("scenario_files", "Patterns for scenario files in those folders.", type="args", default=["*.yaml", "*.yml"])
    parser.addini("scenario_obsolete", "What a golden that belongs to no scenario does: fail, warn or ignore.", default="fail")
    parser.addini("scenario_explore", "Explore scenarios too: false, true, or bounded, where a bound is no failure.", default="false")
    parser.addini("scenario_allow_call", "Modules and packages whose Python code scenarios may call.", type="args", default=[])
    group = parser.getgroup("threadscore", "threadscore: scenarios and their goldens")
    group.addoption(
        "--update-golden",
        action="store_const",
        const="update",
        dest="update_golden",
        help="Write the goldens of the scenarios that run, if every test passes; otherwise write nothing.",
    )
    group.addoption(
        "--update-golden-in-ci",
        action="store_const",
        const="in-ci",
        dest="update_golden",
        help="The same although the environment variable CI is set.",
    )

    group.addoption(
        "--allow-call", action="append", default=[], metavar="MODULE", help="Let scenarios call this module's Python code; may be repeated."
    )
    group.addoption("--interleave-replay", metavar="TOKEN", default=None, help="Run tests marked interleave once, by this schedule.")
    group.addoption("--interleave-save", action="store_true", help="Keep schedules that fail tests marked interleave, to be run first.")
    group.addoption("--explore", action="store_true", help="Explore every collected scenario too: does it hold under every interleaving?")


def pytest_configure(config: pytest.Config) -> None:
    """Register what this session needs: nothing but a marker where there are neither scenarios nor goldens to write."""
    config.addinivalue_line("markers", "scenario: a scenario that the plugin threadscore has collected; its tags are markers too.")
    config.addinivalue_line("markers", "interleave(modules=(), preempt='sync', …): explore the test over all orders of its threads' turns.")
    config.addinivalue_line("markers", "explore: a search of all of a scenario's interleavings.")
    if config.getoption("interleave_save") and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--interleave-save writes files that tests share: leave -n out")
    update = config.getoption("update_golden")
    if update:
        from runner.pytest_plugin.update import NAME, Update

        config.pluginmanager.register(Update(config, in_ci_too=update == "in-ci"), NAME)
    if config.getini("scenario_paths"):
        from runner.pytest_plugin.collect import Collection
        from runner.pytest_plugin.obsolete import Obsolete

        for folder in config.getini("scenario_paths"):
            if not folder.is_dir():
                warning = pytest.PytestConfigWarning(f"scenario_paths: there is no folder {folder}, so no scenario there is a test")
                config.issue_config_time_warning(warning, stacklevel=2)
        collection = Collection(config)
        config.pluginmanager.register(collection, "threadscore-collection")
        config.pluginmanager.register(Obsolete(config, collection), "threadscore-obsolete")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Be ready to interleave tests, if one is marked."""
    if any(item.get_closest_marker("interleave") for item in items) and not config.pluginmanager.has_plugin("threadscore-interleave"):
        from runner.pytest_plugin.interleaving import Interleavings

        config.pluginmanager.register(Interleavings(config), "threadscore-interleave")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say where two traces part, when a test asserts that they are the same."""
    if op != "==" or "runner.trace" not in sys.modules:  # then neither is a trace
        return None
    from runner.trace import Trace

    if not (isinstance(left, Trace) and isinstance(right, Trace)):
        return None
    from runner.report.log_commands import without_commands
    from runner.report.traces import difference, title

    return [
        without_commands(f"trace of {title(left)} == trace of {title(right)}"),
        "actual is the left one, expected the right one:",
        *without_commands(difference(right, left)).split("\n"),
    ]


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Iterator[RunScenario]:
    """Run scenarios: `scenario("lock.yaml", rounds=5)` loads the file beside the test and returns how the run went."""
    from runner.pytest_plugin.fixture import RunScenario
    from runner.pytest_plugin.paths import limits_of
    from runner.pytest_plugin.update import update_of

    runs = RunScenario(request.path.parent, update_of(request.config), limits_of(request.config))
    yield runs
    if text := runs.latest():
        request.node.add_report_section("teardown", "runs of scenarios until", text)  # shown where the test has failed

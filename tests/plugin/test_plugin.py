"""The pytest plugin, in pytest sessions of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.golden import golden_of
from runner.suite import accept_all

pytest_plugins = ["pytester"]

HELLO = "main: [{print: hello}]"

Write = Callable[..., Path]


def collected(pytester: pytest.Pytester, *words: str) -> list[str]:
    """Name the items that pytest collects."""
    result = pytester.runpytest("--collect-only", "-q", *words)
    return [line for line in result.outlines if "::" in line]


def test_nothing_is_collected_by_default(pytester: pytest.Pytester, write: Write) -> None:
    """Without settings no YAML file is a test."""
    write("hello.yaml")
    write("scenarios/hello.yaml")
    assert collected(pytester) == []


def test_scenarios_below_the_paths_are_collected(project: pytest.Pytester, write: Write) -> None:
    """Each scenario below the configured folders is one item, called like its file; other files are none."""
    write("elsewhere/no.yaml")
    (project.path / "scenarios/notes.txt").touch()
    assert collected(project) == ["scenarios/deep/other.yml::other", "scenarios/hello.yaml::hello"]


def test_hidden_files_are_not_collected(project: pytest.Pytester, write: Write) -> None:
    """Hidden files are no scenarios, as on the command line."""
    write("scenarios/.hidden.yaml")
    write("scenarios/.folder/a.yaml")
    assert len(collected(project)) == 2


def test_folder_with_a_similar_name_is_another(project: pytest.Pytester, write: Write) -> None:
    """A folder whose name only begins like a configured one is not meant."""
    write("scenarios2/no.yaml")
    assert len(collected(project)) == 2


def test_several_paths(pytester: pytest.Pytester, write: Write) -> None:
    """Paths may be several, and deep."""
    pytester.makefile(".toml", pyproject='[tool.pytest.ini_options]\nscenario_paths = ["a/b", "c"]\n')
    for name in ("a/no.yaml", "a/b/one.yaml", "c/two.yaml"):
        write(name)
    assert collected(pytester) == ["a/b/one.yaml::one", "c/two.yaml::two"]


def test_paths_are_from_the_root(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is relative to its file, wherever pytest is started."""
    monkeypatch.chdir(project.path / "scenarios")
    assert len(collected(project)) == 2


def test_patterns(pytester: pytest.Pytester, write: Write, settings: str) -> None:
    """`scenario_files` says which files are scenarios."""
    pytester.makefile(".toml", pyproject=settings + 'scenario_files = ["*.scenario.yaml", "x_*"]\n')
    for name in ("a.yaml", "b.scenario.yaml", "x_c.yml"):
        write(f"scenarios/{name}")
    assert collected(pytester) == ["scenarios/b.scenario.yaml::b.scenario", "scenarios/x_c.yml::x_c"]


def test_ini_file(pytester: pytest.Pytester, write: Write) -> None:
    """The settings can stand in an ini file as well."""
    pytester.makeini("[pytest]\nscenario_paths = scenarios more\n")
    write("scenarios/a.yaml")
    write("more/b.yaml")
    assert collected(pytester) == ["more/b.yaml::b", "scenarios/a.yaml::a"]


def test_python_tests_are_collected_as_ever(project: pytest.Pytester) -> None:
    """Scenarios are tests beside others."""
    project.makepyfile(test_more="def test_it(): pass")
    project.runpytest().assert_outcomes(passed=3)


def test_pass(project: pytest.Pytester) -> None:
    """Scenarios as their goldens pass, and leave nothing."""
    before = sorted(project.path.rglob("*"))
    project.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=2)
    assert sorted(project.path.rglob("*")) == before


def test_one_by_its_id(project: pytest.Pytester) -> None:
    """An item can be chosen by the id that pytest shows."""
    result = project.runpytest("scenarios/hello.yaml::hello")
    result.assert_outcomes(passed=1)


def test_keyword(project: pytest.Pytester) -> None:
    """`-k` chooses by name."""
    project.runpytest("-k", "other").assert_outcomes(passed=1, deselected=1)


def test_verbose_shows_the_id(project: pytest.Pytester) -> None:
    """With -v each scenario is a line."""
    project.runpytest("-v").stdout.fnmatch_lines(["scenarios/hello.yaml::hello PASSED*"])


def test_difference(project: pytest.Pytester, write: Write) -> None:
    """A failure shows the first divergence, the step's line and what to do, and no traceback."""
    write("scenarios/hello.yaml", "main: [{print: goodbye}]")
    result = project.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ scenario hello _*",
            '    ~ main prints "goodbye" instead of "hello" (scenarios/hello.yaml:2:9)',
            "  the first divergence is event 1:",
            "    scenarios/hello.yaml:2:9: main[[]0[]].print",
            "    python -m runner accept scenarios/hello.yaml",
            "FAILED scenarios/hello.yaml::hello*",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin*")
    result.stdout.no_fnmatch_line("*Traceback*")


def test_difference_is_left(project: pytest.Pytester, write: Write) -> None:
    """What differs is left beside the golden, which stays."""
    golden = golden_of(write("scenarios/hello.yaml", "main: [{print: goodbye}]"))
    before = golden.read_bytes()
    project.runpytest()
    assert golden.read_bytes() == before
    assert '"goodbye"' in golden.with_name("hello.golden.jsonl.new").read_text()


def test_in_ci_nothing_is_left(project: pytest.Pytester, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI set no file is written."""
    monkeypatch.setenv("CI", "true")
    write("scenarios/hello.yaml", "main: [{print: goodbye}]")
    before = sorted(project.path.rglob("*"))
    project.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1, failed=1)
    assert sorted(project.path.rglob("*")) == before


def test_missing_golden(project: pytest.Pytester, write: Write) -> None:
    """A scenario without a golden fails and says so."""
    write("scenarios/new.yaml")
    result = project.runpytest()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["  there is no golden yet", "    python -m runner accept scenarios/new.yaml"])


def test_expectation(project: pytest.Pytester, write: Write) -> None:
    """An expectation that does not hold is told with its line."""
    write("scenarios/hello.yaml", HELLO + "\nexpect: {printed: [goodbye]}")
    result = project.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["    scenarios/hello.yaml:3:10: printed line 1: expected 'goodbye', was 'hello'"])
    result.stdout.no_fnmatch_line("*divergence*")


def test_deadlock(project: pytest.Pytester, write: Write) -> None:
    """A deadlock is explained."""
    write("scenarios/hello.yaml", "resources: {a: lock}\nmain: [{acquire: a}, {acquire: a}]")
    project.runpytest().stdout.fnmatch_lines(
        ["  deadlock after 0 s*", "    main waits for a at scenarios/hello.yaml:3:23*", "    cycle: *"]
    )


def test_invalid_scenario(project: pytest.Pytester, write: Write) -> None:
    """An invalid file fails with place, code and suggestion, and no traceback."""
    write("scenarios/hello.yaml", "main: [{pirnt: hello}]")
    result = project.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["scenarios/hello.yaml:2:9: error[[]unknown-verb[]]: *", "*did you mean 'print'?*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_bug_of_ours_has_its_traceback(project: pytest.Pytester) -> None:
    """What nobody foresaw is shown as pytest shows errors."""
    project.makeconftest(
        """
        import runner.suite.check as check

        def load(path, **options):
            raise ZeroDivisionError("oh")

        check.load = load
        """
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*check.py:*", "*ZeroDivisionError: oh*"])


def test_plugin_can_be_left_out(pytester: pytest.Pytester, write: Write, settings: str) -> None:
    """`-p no:threadscore` leaves it out by its name."""
    pytester.makefile(".toml", pyproject=settings.replace("error", "ignore"))  # the settings are unknown then, which pytest warns of
    write("scenarios/a.yaml")
    assert collected(pytester) == ["scenarios/a.yaml::a"]
    assert collected(pytester, "-p", "no:threadscore") == []


def test_plugin_is_found(pytester: pytest.Pytester) -> None:
    """It is loaded under its name wherever the package is installed."""
    pytester.runpytest("--trace-config").stdout.fnmatch_lines(["*threadscore*runner*pytest_plugin*"])


def test_settings_are_told(pytester: pytest.Pytester) -> None:
    """`pytest --help` has the settings, and the options in a group of their own."""
    result = pytester.runpytest("--help")
    result.stdout.fnmatch_lines(["threadscore: *", "  --update-golden *", "  --update-golden-in-ci*"])
    result.stdout.fnmatch_lines(["*scenario_paths (paths):*", "*scenario_files (args):*", "*scenario_obsolete (string):*"])


def test_marker_is_told(pytester: pytest.Pytester) -> None:
    """`pytest --markers` has the marker of scenarios."""
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.scenario: *"])


def test_xdist(project: pytest.Pytester, write: Write) -> None:
    """Scenarios are run in several processes as other tests are."""
    accept_all([write(f"scenarios/many/s{number}.yaml") for number in range(8)])
    write("scenarios/hello.yaml", "main: [{print: goodbye}]")
    result = project.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=9, failed=1)
    result.stdout.fnmatch_lines(["  the first divergence is event 1:"])


REPORT = """
import sys

def pytest_unconfigure(config):
    print("imported:", *sorted({"pydantic", "yaml", "click", "runner.suite"} & set(sys.modules)))
"""


def test_without_scenarios_no_hook_is_called_for_each_test(pytester: pytest.Pytester) -> None:
    """A suite without scenarios has none of the hooks that collecting, running or reporting each test calls."""
    pytester.makeconftest(
        """
        def pytest_collection_finish(session):
            plugins = session.config.pluginmanager
            modules = {plugin: getattr(plugin, "__name__", type(plugin).__module__) for plugin in plugins.get_plugins()}
            ours = [plugin for plugin, module in modules.items() if module.startswith("runner.")]
            hooks = {hook.name for plugin in ours for hook in plugins.get_hookcallers(plugin) or ()}
            print("hooks:", *sorted(hooks))
        """
    )
    lines = pytester.runpytest_subprocess("-s", "-p", "no:hypothesispytest").outlines
    assert [line for line in lines if line.startswith("hooks:")] == [
        "hooks: pytest_addoption pytest_assertrepr_compare pytest_collection_modifyitems pytest_configure"
    ]


@pytest.mark.parametrize("words", [["."], ["--collect-only"]], ids=["no-scenarios", "collecting"])
def test_nothing_heavy_is_imported_until_it_is_needed(
    pytester: pytest.Pytester, write: Write, words: list[str], request: pytest.FixtureRequest
) -> None:
    """Without scenarios, and as long as they are only collected, nothing of the package but the plugin is imported."""
    pytester.makeconftest(REPORT)
    if words == ["--collect-only"]:
        request.getfixturevalue("settings")
        write("scenarios/a.yaml", "tags: [slow, lock-free]\nmain: [{print: hello}]")
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", *words)
    assert [line for line in result.outlines if line.startswith("imported:")] == ["imported:"]


def test_the_rest_is_imported_when_a_scenario_runs(project: pytest.Pytester) -> None:
    """A scenario that runs needs the rest; the command line it never needs."""
    project.makeconftest(REPORT)
    result = project.runpytest_subprocess("-p", "no:hypothesispytest")
    assert [line for line in result.outlines if line.startswith("imported:")] == ["imported: pydantic runner.suite yaml"]


def test_interruption_ends_the_session(project: pytest.Pytester) -> None:
    """Ctrl-C during a scenario ends pytest as it does during any test."""
    project.makeconftest(
        """
        import dataclasses
        import runner.suite.check as check

        real = check.run
        check.run = lambda *words, **options: dataclasses.replace(real(*words, **options), verdict="interrupted")
        """
    )
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*KeyboardInterrupt*"])


def test_paths_outside_of_where_pytest_was_started(project: pytest.Pytester, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that is not below the current folder is shown by its whole path."""
    path = write("scenarios/hello.yaml", "main: [{print: goodbye}]")
    (project.path / "elsewhere").mkdir()
    monkeypatch.chdir(project.path / "elsewhere")
    result = project.runpytest("--rootdir", str(project.path), "-c", str(project.path / "pyproject.toml"), str(path))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"    python -m runner accept {path}"])
    assert os.listdir() == []


def test_folder_that_is_not_there_is_warned_of(project: pytest.Pytester) -> None:
    """A misspelt folder would otherwise have its scenarios go untested, and nothing would say so."""
    project.makepyprojecttoml('[tool.pytest.ini_options]\nscenario_paths = ["scenarois"]\n')
    result = project.runpytest()
    result.stdout.fnmatch_lines(["*PytestConfigWarning: scenario_paths: there is no folder *scenarois, so no scenario there is a test"])

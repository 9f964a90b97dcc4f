"""Benchmarks as ratios to something measured in the same run: `python -m benchmarks`. See docs/benchmarks.md."""

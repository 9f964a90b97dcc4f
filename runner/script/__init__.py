"""Run an unmodified Python program on the controlled substrate, in a process of its own.

`launch` starts that process; `child` is what it runs. The program finds the substrate's modules wherever it imports `threading`, `queue` or
`time`, from its first import on. Nothing here knows scenarios.
"""

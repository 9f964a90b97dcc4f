"""Code as users of scenarios have it; tests of calls call it."""

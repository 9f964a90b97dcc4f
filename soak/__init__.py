"""Execute every scenario again and again, on every Python, and compare each execution with its first, byte for byte. See docs/soak.md."""

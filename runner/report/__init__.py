"""What people and tools read: each report is a function of what happened, and changes nothing."""

"""Real workloads that come with the program; a package each, started as a program of its own."""

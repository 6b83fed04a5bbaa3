"""The command line: one module a verb or a family of verbs, each with `arguments` and `run`.

To add a verb: a module with both functions, and a row in `verbs.VERBS`.
"""

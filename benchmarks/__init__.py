"""How fast the product is, against a peer in the same run: `python -m benchmarks NAME`.

One module a group of rows, one row in ROWS of `__main__`. Each prints a table and writes JSON to
`benchmarks/results/`. Absolute times mean little on shared machines; ratios do.
"""

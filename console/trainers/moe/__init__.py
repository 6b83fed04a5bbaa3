"""A Qwen-style mixture-of-experts language model over bytes, in numpy, with its training.

`model` is the network and its gradients, `optimizer` AdamW and the schedule, `data` the dialogues,
`checkpoint` what is saved, `settings` the configuration, `report` what is printed, `train` the loop
that joins them. Imports nothing here: the number of threads is set before numpy is loaded.
"""

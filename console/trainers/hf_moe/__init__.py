"""A Qwen3 mixture-of-experts model of transformers, trained by its Trainer with the hook.

It is built from the configuration, nothing is downloaded, and it learns the dialogues of the numpy
trainer. `settings` is what the configuration says, `train` puts the parts together.
"""

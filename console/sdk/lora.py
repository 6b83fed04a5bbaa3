"""How large the LoRA matrices of each layer are: `lora/<layer>/A` and `lora/<layer>/B`.

The norm is Frobenius'. A and B are those of peft: `<layer>.lora_A.<adapter>.weight`.
"""

import re
import sys
from typing import Any

_NAME = re.compile(r"(.+)\.lora_(?:embedding_)?([AB])\.([^.]+)(?:\.weight)?")
_WRAPPING = re.compile(r"^(?:module\.|_orig_mod\.|base_model\.model\.)+")


class Norms:
    """The LoRA matrices of a model; `names` is empty when it has none, or they are sharded."""

    def __init__(self, model: Any) -> None:
        found = {
            name: parameter
            for path, parameter in model.named_parameters()
            if (name := name_of(path)) and _is_whole(parameter)
        }
        self.names = tuple(found)
        self._matrices = tuple(found.values())

    def measure(self) -> dict[str, float]:
        """The norm of each matrix, by its name; waits for the device once."""
        torch = sys.modules["torch"]
        if not self._matrices:
            return {}
        with torch.no_grad():
            norms = [matrix.detach().float().norm() for matrix in self._matrices]
            values = torch.stack([norm.to(norms[0].device) for norm in norms]).tolist()
        return dict(zip(self.names, values, strict=True))


def name_of(path: str) -> str | None:
    """The metric of a parameter, None when it is no LoRA matrix.

    Layers have the path they have in the base model; an adapter not called "default" is named.
    """
    match = _NAME.fullmatch(path)
    if match is None:
        return None
    layer, matrix, adapter = match.groups()
    layer = _WRAPPING.sub("", layer)
    return f"lora/{layer}/{matrix}" + ("" if adapter == "default" else f"/{adapter}")


def _is_whole(parameter: Any) -> bool:
    """Not a shard of a matrix (FSDP, ZeRO 3): its norm would need all ranks."""
    sharded = hasattr(parameter, "full_tensor") or hasattr(parameter, "ds_id")
    return not sharded and parameter.dim() == 2 and parameter.numel() > 0

"""Which experts the routers of a mixture-of-experts model choose, counted in some of the steps.

The routers are watched by forward hooks: in transformers a module called `gate` or `router` gives
logits (tokens, experts), and most give the chosen experts (tokens, active experts) too.
"""

import sys
import time
from contextlib import suppress
from typing import Any

ROUTERS = frozenset({"gate", "router", "wg"})
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
ACTIVE = ("num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk", "moe_k")


def experts_of(config: Any) -> tuple[int, int] | None:
    """(experts in a layer, active per token) by a transformers configuration; None: no experts."""
    for one in (config, getattr(config, "text_config", None)):
        experts, active = _first(one, EXPERTS), _first(one, ACTIVE)
        if experts and active and experts > 1:
            return experts, active
    return None


def _first(config: Any, names: tuple[str, ...]) -> int | None:
    values = (getattr(config, name, None) for name in names)
    return next((value for value in values if isinstance(value, int)), None)


class Routing:
    """Counts the choices of all routers of a model while a step is sampled.

    Costs a call per router and step, and in a sampled step a few small operations per router and
    one wait for the device. `seconds` is the least time between two samples.
    """

    def __init__(self, model: Any, experts: int, active: int, seconds: float = 1.0) -> None:
        self.experts, self.active = experts, active
        self._seconds, self._next = seconds, 0.0
        self._sampling = False
        self._counts: Any = None
        self._balance: Any = None
        routers = [
            module
            for name, module in model.named_modules()
            if name.rpartition(".")[2] in ROUTERS and self._fits(module)
        ]
        self._handles = [router.register_forward_hook(self._watch) for router in routers]
        if routers:
            self._handles.append(model.register_forward_hook(self._look))
        self.routers = len(routers)

    def begin(self) -> None:
        """A step begins; whether it is a sample depends on the time since the last."""
        self._sampling = time.monotonic() >= self._next
        self._counts = self._balance = None

    def take(self) -> tuple[list[float], float | None]:
        """The share of each expert (0 to 1, all layers together) in the step that ended, and its
        auxiliary loss; empty and None when it was no sample."""
        counts, balance = self._counts, self._balance
        self._counts = self._balance = None
        if not self._sampling or counts is None:
            return [], None
        self._sampling, self._next = False, time.monotonic() + self._seconds
        numbers = counts.tolist()
        total = sum(numbers)
        aux = None if balance is None else float(balance)
        return ([number / total for number in numbers] if total else []), aux

    def remove(self) -> None:
        """Takes the hooks out of the model."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _fits(self, module: Any) -> bool:
        """Whether the choice can be seen from outside: a bias for the choice alone cannot."""
        return not hasattr(module, "e_score_correction_bias")

    def _watch(self, module: Any, _inputs: Any, output: Any) -> None:
        if not self._sampling or not module.training:
            return
        try:
            chosen = self._chosen(output if isinstance(output, tuple) else (output,))
            if chosen is not None:
                self._add(chosen)
        except Exception:  # the model's own modules, of any kind
            self._sampling = False
            self.remove()

    def _look(self, module: Any, _inputs: Any, output: Any) -> None:
        """The auxiliary loss, where the model gives it."""
        if self._sampling and module.training:
            with suppress(Exception):  # as above
                aux: Any = getattr(output, "aux_loss", None)
                self._balance = aux.detach() if hasattr(aux, "detach") else None

    def _chosen(self, outputs: tuple[Any, ...]) -> Any:
        """Numbers of the chosen experts (tokens, active); None when the output has none."""
        tensors = [one.detach() for one in outputs if hasattr(one, "detach") and one.dim() >= 2]
        for one in tensors:
            if not one.is_floating_point() and one.shape[-1] == self.active:
                return one.reshape(-1, self.active)
        for one in tensors:
            if one.is_floating_point() and one.shape[-1] == self.experts:
                return one.reshape(-1, self.experts).topk(self.active, dim=-1).indices
        return None

    def _add(self, chosen: Any) -> None:
        """Column by column: small, and deterministic on every device."""
        torch = sys.modules["torch"]
        numbers = torch.arange(self.experts, device=chosen.device)
        for column in chosen.unbind(-1):
            found = (column[:, None] == numbers).sum(0)
            if self._counts is None:
                self._counts = found
            else:
                self._counts += found.to(self._counts.device)

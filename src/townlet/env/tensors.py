"""Tensors: observations, rewards and masks for PyTorch, in the memory where they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from townlet.errors import UserError


class _Borrowed:
    """An array's memory, without the note that it is read-only; keeps the array alive."""

    def __init__(self, array: np.typing.NDArray[Any]) -> None:
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface
        self.array = array


def tensors(batch: Any) -> Any:
    """Torch tensors of an array, or of a nest of arrays, without a copy.

    The engine's buffers are read-only, which torch has no word for, and says so with a warning
    wherever it is handed one. These tensors are to be read all the same: what is written to them,
    the engine does not know of.

    Args:
        batch: an array, or dictionaries of arrays, such as the observations of
            :class:`townlet.env.TownVectorEnv`.

    Raises:
        UserError: torch is not installed.
    """
    try:
        import torch  # noqa: PLC0415  (the extra)
    except ImportError as error:
        raise UserError("tensors need torch: pip install townlet[ml] brings it") from error
    if isinstance(batch, dict):
        return {key: tensors(value) for key, value in batch.items()}
    return torch.from_numpy(np.asarray(_Borrowed(batch)))

"""The transformer in torch.

The twelve layers of multilingual-e5-small and a classifier over the pooled message.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.e5 import Base

EPSILON = 1e-12


class Layer(nn.Module):
    """One encoder layer, attention and norm order as in BERT."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()
        self.heads = base.heads
        prefix = f"l{number}."
        query, key, value = (_tensor(base, prefix + name + ".w") for name in "qkv")
        self.attend = _linear(torch.cat([query, key, value]), _cat(base, prefix, ".b"))
        self.merge = _linear(_tensor(base, prefix + "ao.w"), _tensor(base, prefix + "ao.b"))
        self.norm = _norm(base, prefix + "aln")
        self.widen = _linear(_tensor(base, prefix + "fi.w"), _tensor(base, prefix + "fi.b"))
        self.narrow = _linear(_tensor(base, prefix + "fo.w"), _tensor(base, prefix + "fo.b"))
        self.last_norm = _norm(base, prefix + "oln")
        self.dropout = nn.Dropout(0.1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        batch, length, hidden = states.shape
        packed = self.attend(states).view(batch, length, 3, self.heads, hidden // self.heads)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(batch, length, hidden)
        states = self.norm(states + self.dropout(self.merge(seen)))
        return self.last_norm(states + self.dropout(self.narrow(functional.gelu(self.widen(states)))))


class Classifier(nn.Module):
    """Mean of the message's states beside the start mark's, one hidden layer, one logit for each class."""

    def __init__(self, hidden: int, classes: int) -> None:
        super().__init__()
        self.dense = nn.Linear(2 * hidden, hidden)
        self.out = nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(0.1)

    def forward(self, states: Tensor, message: Tensor) -> Tensor:
        """`states` (batch, length, hidden).

        `message` (batch, length), 1 where a piece belongs to the message.
        """
        weights = message.unsqueeze(-1)
        mean = (states * weights).sum(1) / weights.sum(1)
        pooled = torch.cat([mean, states[:, 0]], dim=-1)
        return self.out(self.dropout(functional.gelu(self.dense(self.dropout(pooled)))))


class Embeddings(nn.Module):
    """Word rows (given), positions and the norm of the base model."""

    def __init__(self, base: Base, words: np.ndarray) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(words), freeze=True)
        positions = torch.from_numpy(base.tensors["emb.pos"].reshape(-1, base.hidden).copy())
        kind = torch.from_numpy(base.tensors["emb.type"].reshape(-1, base.hidden)[0].copy())
        self.places = nn.Parameter(positions + kind, requires_grad=False)
        self.norm = _norm(base, "emb.ln")

    def forward(self, numbers: Tensor) -> Tensor:
        return self.norm(self.words(numbers) + self.places[: numbers.shape[1]])


def attention_mask(lengths: Tensor, longest: int) -> Tensor:
    """(batch, 1, 1, longest): 0 where a piece is there, a large negative number on padding."""
    there = torch.arange(longest)[None, :] < lengths[:, None]
    return torch.where(there, 0.0, -1e4)[:, None, None, :]


def _tensor(base: Base, name: str) -> Tensor:
    return torch.from_numpy(base.tensors[name].copy())


def _cat(base: Base, prefix: str, suffix: str) -> Tensor:
    return torch.cat([_tensor(base, prefix + name + suffix) for name in "qkv"])


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight = nn.Parameter(weight)
    layer.bias = nn.Parameter(bias)
    return layer


def _norm(base: Base, name: str) -> nn.LayerNorm:
    norm = nn.LayerNorm(base.hidden, eps=EPSILON)
    norm.weight = nn.Parameter(_tensor(base, name + ".w"))
    norm.bias = nn.Parameter(_tensor(base, name + ".b"))
    return norm

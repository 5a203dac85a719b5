"""Writes the light network as ONNX, and its piece vectors in eight bits with one scale for each number."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

if TYPE_CHECKING:
    from training.train_light import Light

OPSET = 17


def write(model: "Light", folder: Path) -> None:
    """`light.npz` and `light.onnx`; the vectors are scaled by their reader, not in the graph."""
    vectors = model.table.weight.detach().numpy()
    scales = np.maximum(np.abs(vectors).max(0), 1e-6) / 127
    np.savez_compressed(
        folder / "light.npz",
        vectors=np.round(vectors / scales).astype(np.int8),
        scales=scales.astype(np.float32),
    )
    onnx.save(build(model), folder / "light.onnx")


def build(model: "Light") -> onnx.ModelProto:
    """Inputs: `states` (batch, size, length), `there` (batch, 1, length), `around` (batch, size)."""
    weights: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def weight(name: str, value: np.ndarray) -> str:
        weights.append(numpy_helper.from_array(value.copy(order="C"), name))
        return name

    def node(kind: str, inputs: list[str], name: str, *, domain: str = "", **attributes: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def layer(module: nn.Module, name: str) -> list[str]:
        values = {key: value.detach().numpy() for key, value in module.named_parameters()}
        return [weight(f"{name}.w", values["weight"]), weight(f"{name}.b", values["bias"])]

    def gelu(source: str, name: str) -> str:
        return node("Gelu", [source], name, domain="com.microsoft")

    first = node("Conv", ["states", *layer(model.first, "first")], "first", pads=[1, 1])
    one = node("Mul", [gelu(first, "first.gelu"), "there"], "one")
    second = node("Conv", [one, *layer(model.second, "second")], "second", pads=[1, 1])
    two = node("Add", [one, node("Mul", [gelu(second, "second.gelu"), "there"], "two.kept")], "two")
    axis = weight("axis", np.array([2], np.int64))
    count = node("ReduceSum", ["there", axis], "count", keepdims=0)
    mean = node("Div", [node("ReduceSum", [two, axis], "summed", keepdims=0), count], "mean")
    # Padding must not be the largest: far below everything.
    missing = node("Sub", ["there", weight("whole", np.array(1, np.float32))], "missing")
    far = node("Mul", [missing, weight("far", np.array(1e4, np.float32))], "far_below")
    top = node("ReduceMax", [node("Add", [two, far], "three")], "top", axes=[2], keepdims=0)
    pooled = node("Concat", [mean, top, "around"], "pooled", axis=1)
    dense = node("Gemm", [pooled, *layer(model.dense, "dense")], "dense", transB=1)
    node("Gemm", [gelu(dense, "dense.gelu"), *layer(model.out, "out")], "logits", transB=1)
    size = model.first.in_channels
    shapes = {
        "states": ["batch", size, "length"],
        "there": ["batch", 1, "length"],
        "around": ["batch", size],
    }
    made = helper.make_graph(
        nodes,
        "parley-light",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", model.out.out_features])],
        weights,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8)

"""Writes the trained network as ONNX, operator by operator, and quantises its matrices to int8.

The graph is built by hand: it is small, needs no tracing, and uses onnxruntime's fused attention
operator. Inputs: `words` (batch, length, hidden) embedding rows; `mask` (batch, 1, 1, length) 0 or -10000;
`message` (batch, length) 1 where a piece belongs to the judged message. Output: `logits` (batch, classes).
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.e5 import Base
from training.encoder import EPSILON, Classifier, Embeddings, Layer

OPSET = 17
FUSED = "com.microsoft"
POSITIONS = 128


class Graph:
    """Collects nodes and weights; every method returns the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(value.copy(order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, *, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def linear(self, source: str, layer: torch.nn.Linear, name: str, *, bias: bool = True) -> str:
        weight = self.weight(f"{name}.w", layer.weight.detach().numpy().T)
        product = self.node("MatMul", [source, weight], f"{name}.product")
        if not bias:
            return product
        return self.node("Add", [product, self.weight(f"{name}.b", layer.bias.detach().numpy())], name)

    def norm(self, source: str, norm: torch.nn.LayerNorm, name: str) -> str:
        scale = self.weight(f"{name}.scale", norm.weight.detach().numpy())
        bias = self.weight(f"{name}.bias", norm.bias.detach().numpy())
        return self.node("LayerNormalization", [source, scale, bias], name, axis=-1, epsilon=EPSILON)

    def sum_norm(
        self, source: str, other: str, linear: torch.nn.Linear, norm: torch.nn.LayerNorm, name: str
    ) -> str:
        """Norm of source + other + the bias of the linear layer that made `source`.

        Not `SkipLayerNormalization`: on a CPU it takes six times as long as an addition and a norm.
        """
        bias = self.weight(f"{name}.added", linear.bias.detach().numpy())
        biased = self.node("Add", [source, bias], f"{name}.biased")
        return self.norm(self.node("Add", [biased, other], f"{name}.summed"), norm, name)

    def gelu(self, source: str, bias: torch.Tensor, name: str) -> str:
        weight = self.weight(f"{name}.b", bias.detach().numpy())
        return self.node("BiasGelu", [source, weight], name, domain=FUSED)


def _layer(graph: Graph, states: str, layer: Layer, name: str) -> str:
    weight = graph.weight(f"{name}.attend.w", layer.attend.weight.detach().numpy().T)
    bias = graph.weight(f"{name}.attend.b", layer.attend.bias.detach().numpy())
    seen = graph.node(
        "Attention", [states, weight, bias, "places"], f"{name}.seen", domain=FUSED, num_heads=layer.heads
    )
    merged = graph.linear(seen, layer.merge, f"{name}.merge", bias=False)
    states = graph.sum_norm(merged, states, layer.merge, layer.norm, f"{name}.norm")
    wide = graph.gelu(
        graph.linear(states, layer.widen, f"{name}.widen", bias=False), layer.widen.bias, f"{name}.gelu"
    )
    narrow = graph.linear(wide, layer.narrow, f"{name}.narrow", bias=False)
    return graph.sum_norm(narrow, states, layer.narrow, layer.last_norm, f"{name}.last")


def build(base: Base, embeddings: Embeddings, layers: list[Layer], classifier: Classifier) -> onnx.ModelProto:
    graph = Graph()
    table = graph.weight("table", embeddings.places.detach().numpy()[:POSITIONS])
    zero = graph.weight("zero", np.array([0], np.int64))
    shape = graph.node("Shape", ["words"], "shape", start=1, end=2)
    places = graph.node("Slice", [table, zero, shape], "position_rows")
    states = graph.norm(graph.node("Add", ["words", places], "placed"), embeddings.norm, "embedded")
    # The fused operator takes 1 for a piece and 0 for padding, a row for each text.
    flat = graph.node("Squeeze", ["mask", graph.weight("middle", np.array([1, 2], np.int64))], "flat")
    there = graph.node("GreaterOrEqual", [flat, graph.weight("half", np.array(-1, np.float32))], "there")
    graph.node("Cast", [there], "places", to=TensorProto.INT32)
    for number, layer in enumerate(layers):
        states = _layer(graph, states, layer, f"layer{number}")
    logits = _pool(graph, states, classifier)
    graph.node("Identity", [logits], "logits")
    inputs = [
        helper.make_tensor_value_info("words", TensorProto.FLOAT, ["batch", "length", base.hidden]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", 1, 1, "length"]),
        helper.make_tensor_value_info("message", TensorProto.FLOAT, ["batch", "length"]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classifier.out.out_features])
    ]
    made = helper.make_graph(graph.nodes, "parley", inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8)


def _pool(graph: Graph, states: str, classifier: Classifier) -> str:
    last = graph.weight("last_axis", np.array([-1], np.int64))
    weights = graph.node("Unsqueeze", ["message", last], "weights")
    length = graph.weight("length_axis", np.array([1], np.int64))
    summed = graph.node(
        "ReduceSum", [graph.node("Mul", [states, weights], "weighed"), length], "summed", keepdims=0
    )
    mean = graph.node(
        "Div", [summed, graph.node("ReduceSum", ["message", last], "count", keepdims=1)], "mean"
    )
    start = graph.node("Gather", [states, graph.weight("first", np.array(0, np.int64))], "start", axis=1)
    pooled = graph.node("Concat", [mean, start], "pooled", axis=-1)
    dense = graph.gelu(
        graph.linear(pooled, classifier.dense, "dense", bias=False), classifier.dense.bias, "dense.gelu"
    )
    return graph.linear(dense, classifier.out, "out")


def write(
    base: Base, embeddings: Embeddings, layers: list[Layer], classifier: Classifier, path: Path
) -> None:
    """The int8 network at `path`; the float32 one beside it as `*.float.onnx`."""
    whole = path.with_suffix(".float.onnx")
    onnx.save(build(base, embeddings, layers, classifier), whole)
    quantize_dynamic(
        whole,
        path,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=["out.product"],
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )

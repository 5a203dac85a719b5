"""Turns a checkpoint of `train_transformer` into `transformer.onnx`."""

import argparse
from pathlib import Path

import numpy as np
import torch

from training import e5, export
from training.encoder import Embeddings, Layer
from training.train_transformer import Model


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--checkpoint", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--part", choices=("model", "average"), default="average")
    arguments = options.parse_args()
    stored = torch.load(arguments.checkpoint, weights_only=True)
    base = e5.read(e5.find_file())
    model = Model(base, stored["top"])
    model.load_state_dict(stored[arguments.part])
    layers = [Layer(base, number) for number in range(base.layers - stored["top"])] + list(model.layers)
    embeddings = Embeddings(base, np.zeros((1, base.hidden), np.float32))
    export.write(base, embeddings, layers, model.classifier, arguments.out)


if __name__ == "__main__":
    main()

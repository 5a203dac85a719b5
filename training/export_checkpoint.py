"""Turns the mean of checkpoints of `train_transformer` into `transformer.onnx`."""

import argparse
from pathlib import Path

import numpy as np

from training import e5, export
from training.encoder import Embeddings, Layer
from training.train_transformer import Model, trained_layers


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--checkpoint", type=Path, nargs="+", required=True)
    options.add_argument("--out", type=Path, required=True)
    arguments = options.parse_args()
    base = e5.read(e5.find_file())
    top = trained_layers(arguments.checkpoint)
    model = Model(base, top)
    model.load(arguments.checkpoint)
    layers = [Layer(base, number) for number in range(base.layers - top)] + list(model.layers)
    embeddings = Embeddings(base, np.zeros((1, base.hidden), np.float32))
    export.write(base, embeddings, layers, model.classifier, arguments.out)


if __name__ == "__main__":
    main()

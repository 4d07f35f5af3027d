"""Ask the model about readings: python predict.py MODEL READINGS."""

import sys

import numpy as np
import torch
from pumps.model import PumpNetParameters, build
from safetensors.torch import load_file

STATES = ["sound", "worn", "broken"]

network = build(PumpNetParameters(sensors=3, classes=3))
content = load_file(sys.argv[1])  # what some strategies keep there for themselves is no weight
weights = {name: tensor for name, tensor in content.items() if not name.startswith("server:")}
network.load_state_dict(weights)
network.eval()

table = np.loadtxt(sys.argv[2], str, delimiter=",", skiprows=1)
readings = (table[:, 2:5].astype(float) - [0, 5, 45]) / [3, 1.5, 8]  # as the task normalises them
windows = readings.reshape(-1, 32, 3).swapaxes(1, 2)  # (n, sensors, 32)
with torch.no_grad():
    found = network(torch.tensor(windows, dtype=torch.float32)).argmax(1)

states = table[31::32, -1]  # of each window's last reading
right = sum(STATES[said] == state for said, state in zip(found, states, strict=True))
print(f"{right} of {len(states)} windows right; the last one is {STATES[found[-1]]}")

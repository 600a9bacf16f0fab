"""Seconds that rebasin (PyPI) takes to match two ResNet50 with random weights."""
import time

import rebasin
import torch
import torchvision

models = []
for seed in range(2):
    torch.manual_seed(seed)
    models.append(torchvision.models.resnet50().eval())
start = time.perf_counter()
rebasin.PermutationCoordinateDescent(*models, torch.randn(1, 3, 64, 64)).rebasin()
print(time.perf_counter() - start)

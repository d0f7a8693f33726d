"""Layers as they are: fans, zeros around images, and the distributions that weights are drawn from."""

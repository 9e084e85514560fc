"""Speed: cases as data, whole ticks, kernels, and starts. See README.md."""

"""What a private step costs: ours, Opacus's and `vmap`'s, beside plain SGD of the same model."""

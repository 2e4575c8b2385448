"""The pages of the notebook, one file each; none knows another."""

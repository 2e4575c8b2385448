"""The variational autoencoder and all mathematics around it: no tkinter, no global state."""

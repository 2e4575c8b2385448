"""The Tk application: a window onto the latent space of one decoder."""

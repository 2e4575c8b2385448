"""What helps to build the program and is no part of it."""

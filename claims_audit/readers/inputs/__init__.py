"""Inputs: finding, opening and unpacking what is delivered."""

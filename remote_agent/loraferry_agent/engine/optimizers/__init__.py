"""Optimizers that torch does not have, written so that no step waits for the device.

All their state is tensors, so that a checkpoint holds all of it. One file each.
"""

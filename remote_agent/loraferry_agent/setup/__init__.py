"""What makes a machine an agent's and takes it away again. Standard library only, Python 3.8 syntax: it is sent there."""

"""What the agent keeps on this machine's disks: counted, freed, foreseen. No torch here."""

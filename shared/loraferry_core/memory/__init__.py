"""How much memory a run needs on a graphics card, and which settings make it fit. Pure, from a fitted table."""

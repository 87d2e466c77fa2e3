"""From a Config class to a form."""

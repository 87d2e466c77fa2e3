"""Models that describe pictures, a file a family; `describe` is the process that runs them. Nothing else imports them."""

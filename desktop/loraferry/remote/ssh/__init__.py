"""SSH by paramiko, which nothing outside this folder knows."""

# Without a command the usage goes to stderr.
ionatlas

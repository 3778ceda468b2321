# Help goes to stdout.
ionatlas --help

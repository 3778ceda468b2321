# Options of a command come from the tables of its methods.
ionatlas spectrum --help

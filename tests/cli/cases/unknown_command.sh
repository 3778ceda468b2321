# A command that this version lacks.
ionatlas cluster x.pos

# A command that this version lacks.
ionatlas isosurface x.pos

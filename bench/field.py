#!/usr/bin/env python3
# bench/field.py: a delocalised grid and its iso-surface beside numpy + scipy, scikit-image and VTK.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/field.py BENCH_FIELD [N] [VOXEL] [THREADS]

BENCH_FIELD is the built program bench_field. N ions in an atom-probe-shaped box of 50 per nm3 in evaporation order, a
twentieth of them solute, more in spheres. The grid: counts of solute and of all ions by voxel, a Gaussian of sigma 1, 1, 0.5 nm cut
at 4 nm, the ratio. The peer counts with numpy.bincount and smooths with scipy.ndimage, one grid a thread; the iso-surface
is made by each program of the same grid. Seed 1. Prints Markdown tables."""
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
voxel = float(sys.argv[3]) if len(sys.argv) > 3 else 0.5
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402
from scipy.ndimage import gaussian_filter  # noqa: E402

THRESHOLD = 30.0


def draw():
    rng = np.random.default_rng(1)
    side = (n / 50 / 3) ** (1 / 3)
    box = np.array([side, side, 3 * side])
    xyz = (rng.random((n, 3)) * box).astype(np.float32)
    xyz = xyz[np.argsort(xyz[:, 2])]
    share = np.full(n, 0.05)
    for centre in rng.random((40, 3)) * box:
        r = 0.03 * side + 2
        lo, hi = np.searchsorted(xyz[:, 2], [centre[2] - r, centre[2] + r])
        near = ((xyz[lo:hi] - centre) ** 2).sum(axis=1) < r * r
        share[lo:hi][near] = 0.7
    mass = np.where(rng.random(n) < share, 63, 56).astype(np.float32)
    return xyz, mass


def peer_grid(xyz, mass, origin, shape):
    start = time.perf_counter()
    place = np.rint((xyz - origin) / voxel).astype(np.int64)
    at = (place[:, 2] * shape[1] + place[:, 1]) * shape[2] + place[:, 0]
    sizes = int(np.prod(shape))
    total = np.bincount(at, minlength=sizes).reshape(shape).astype(np.float32)
    solute = np.bincount(at[mass > 60], minlength=sizes).reshape(shape).astype(np.float32)
    sigma, radius = np.array([0.5, 1, 1]) / voxel, int(np.ceil(4 / voxel))
    with ThreadPoolExecutor(threads) as pool:
        smooth = list(pool.map(lambda g: gaussian_filter(g, sigma, radius=radius, mode="constant"), (solute, total)))
    with np.errstate(divide="ignore", invalid="ignore"):
        field = 100 * smooth[0] / smooth[1]
    return time.perf_counter() - start, field


def skimage_surface(grid):
    from skimage.measure import marching_cubes

    start = time.perf_counter()
    _, faces, _, _ = marching_cubes(grid, THRESHOLD, allow_degenerate=True)
    return time.perf_counter() - start, len(faces)


def vtk_surface(grid, name):
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    vtk.vtkSMPTools.Initialize(threads)
    image = vtk.vtkImageData()
    image.SetDimensions(grid.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(grid.ravel()))
    maker = getattr(vtk, name)()
    maker.SetInputData(image)
    maker.SetValue(0, THRESHOLD)
    maker.ComputeNormalsOff()
    maker.ComputeGradientsOff()
    maker.ComputeScalarsOff()
    start = time.perf_counter()
    maker.Update()
    return time.perf_counter() - start, maker.GetOutput().GetNumberOfPolys()


def best(measure, repeats=3):
    return min((measure() for _ in range(repeats)), key=lambda pair: pair[0])


xyz, mass = draw()
with tempfile.TemporaryDirectory() as folder:
    points, grid_path = f"{folder}/points", f"{folder}/grid.npy"
    np.column_stack([xyz, mass]).astype(np.float32).tofile(points)
    command = [program, points, str(voxel), str(THRESHOLD), str(threads), grid_path]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(3)]
    grid_s, two_s, mesh_s, objects_s, proxigram_s = (min(float(run[i]) for run in runs) for i in range(5))
    triangles, objects, near = runs[0][5:8]
    origin = np.array([float(v) for v in runs[0][8:11]])
    grid = np.load(grid_path)
peer_s, field = best(lambda: peer_grid(xyz, mass, origin, grid.shape))
inside = np.isfinite(grid) & np.isfinite(field)
difference = np.sqrt(np.mean((grid[inside] - field[inside]) ** 2))
filled = np.where(np.isfinite(grid), grid, 0).astype(np.float32)
others = []
for name, measure in (("scikit-image marching_cubes", lambda: skimage_surface(filled)),
                      ("VTK vtkMarchingCubes", lambda: vtk_surface(filled, "vtkMarchingCubes")),
                      ("VTK vtkFlyingEdges3D", lambda: vtk_surface(filled, "vtkFlyingEdges3D"))):
    try:
        others.append((name, *best(measure)))
    except ImportError as error:
        others.append((f"{name}: not installed ({error.name})", None, None))

print(f"{n:,} ions, voxels of {voxel} nm, {grid.shape[2]} x {grid.shape[1]} x {grid.shape[0]}, {threads} threads; best of three.\n")
print("| grid and delocalisation | s | |\n|---|---|---|")
print(f"| ionatlas (from ions: ranging, counting, smoothing, edge) | {grid_s:.2f} | {peer_s / grid_s:.1f} times as fast |")
print(f"| numpy + scipy.ndimage | {peer_s:.2f} | rms difference {difference:.2g} at.% |")
print(f"| ionatlas, both passes of the published way | {two_s:.2f} | |\n")
print("| iso-surface of that grid | s | triangles | ionatlas is |\n|---|---|---|---|")
print(f"| ionatlas | {mesh_s:.3f} | {triangles} | |")
for name, seconds, faces in others:
    print(f"| {name} | {seconds:.3f} | {faces} | {seconds / mesh_s:.1f} times as fast |" if seconds else f"| {name} | | | |")
print(f"\nObjects ({objects}) with ions, composition, shape and rules: {objects_s:.2f} s. Proximity histogram of all ions (surface, "
      f"distances of {int(near):,} ions within 4 nm, fits, 199 shuffles): {proxigram_s:.2f} s.")

#!/usr/bin/env python3
# bench/field.py: a delocalised grid, its iso-surface and proximity histogram beside numpy + scipy, scikit-image and VTK.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/field.py BENCH_FIELD [N] [VOXEL] [THREADS] [ROUNDS | proxigram]

BENCH_FIELD is the built program bench_field. N ions in an atom-probe-shaped box of 50 per nm3 in evaporation order, a
twentieth of them solute, more in spheres. The grid: counts of solute and of all ions by voxel, a Gaussian of sigma 1, 1, 0.5 nm cut
at 4 nm, the ratio. The peer counts with numpy.bincount and smooths with scipy.ndimage, one grid a thread; the iso-surface
is made by each program of the same grid. The proximity histogram, which is asked for alone: signed distances of ions to the
same triangles by vtkImplicitPolyDataDistance, of ions in the mesh's box and 4 nm about it, a process a thread, and
numpy.histogram. The programs take turns, ROUNDS times, and the least time of each counts: what
else the machine does hits all alike. Seed 1. Prints Markdown tables."""
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
voxel = float(sys.argv[3]) if len(sys.argv) > 3 else 0.5
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
only_proxigram = sys.argv[5:] == ["proxigram"]
rounds = int(sys.argv[5]) if len(sys.argv) > 5 and not only_proxigram else 5
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


def read_objects(path):
    """Vertices, triangles, edges of bins, ions and solute ions in them."""
    with open(path, "rb") as file:
        n_vertices, n_triangles, n_bins = np.fromfile(file, "<u8", 3)
        vertices = np.fromfile(file, "<f4", 3 * int(n_vertices)).reshape(-1, 3)
        triangles = np.fromfile(file, "<u4", 3 * int(n_triangles)).reshape(-1, 3)
        return vertices, triangles, np.fromfile(file, "<f8", int(n_bins) + 1), np.fromfile(file, "<u8", int(n_bins)), \
            np.fromfile(file, "<f8", int(n_bins))


def vtk_distances(task):
    """Signed distances of points to triangles, positive inside."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy

    vertices, triangles, xyz = task
    mesh, points, cells = vtk.vtkPolyData(), vtk.vtkPoints(), vtk.vtkCellArray()
    points.SetData(numpy_to_vtk(vertices, deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(triangles.astype(np.int64).ravel(), deep=True))
    mesh.SetPoints(points)
    mesh.SetPolys(cells)
    distance = vtk.vtkImplicitPolyDataDistance()
    distance.SetInput(mesh)
    found = vtk.vtkDoubleArray()
    distance.FunctionValue(numpy_to_vtk(xyz.astype(np.float64), deep=True), found)
    return -vtk_to_numpy(found).copy()


def peer_proxigram(xyz, mass, vertices, triangles, edges):
    start = time.perf_counter()
    used = vertices[np.unique(triangles)]
    near = np.all((xyz > used.min(axis=0) - edges[-1]) & (xyz < used.max(axis=0) + edges[-1]), axis=1)
    parts = np.array_split(xyz[near], threads)
    with ProcessPoolExecutor(threads) as pool:
        found = np.concatenate(list(pool.map(vtk_distances, [(vertices, triangles, part) for part in parts])))
    ions = np.histogram(found, edges)[0]
    solute = np.histogram(found[mass[near] > 60], edges)[0]
    return time.perf_counter() - start, ions, solute, len(found)


def tell_proxigram(xyz, mass, path, seconds):
    vertices, triangles, edges, ions, solute = read_objects(path)
    print(f"{n:,} ions as for [the grid](#speed), {threads} threads.\n")
    print(f"| distances to {len(triangles):,} triangles, bins of {edges[1] - edges[0]:.1f} nm | s | times ours | "
          "ions within 4 nm | most in other bins |\n|---|---:|---:|---:|---:|")
    print(f"| ionatlas, with the field again, fits, 199 shuffles | {seconds:.2f} | 1 | {ions.sum():,} | |")
    try:
        theirs, all_ions, all_solute, asked = peer_proxigram(xyz, mass, vertices, triangles, edges)
    except ImportError as error:
        print(f"| VTK: not installed ({error.name}) | | | | |")
        return
    other = max(np.abs(np.cumsum(all_ions) - np.cumsum(ions)).max(), np.abs(np.cumsum(all_solute) - np.cumsum(solute)).max())
    print(f"| VTK vtkImplicitPolyDataDistance of {asked:,} ions and numpy.histogram | {theirs:.2f} | {theirs / seconds:.1f} | "
          f"{all_ions.sum():,} | {other:.0f} |")


def ours(folder, *more):
    command = [program, f"{folder}/points", str(voxel), str(THRESHOLD), str(threads), f"{folder}/grid.npy", *more]
    return [float(word) for word in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


def least(times, name, seconds, result):
    times[name] = min(times.get(name, (seconds, result)), (seconds, result), key=lambda pair: pair[0])


def surfaces(grid, times):
    filled = np.where(np.isfinite(grid), grid, 0).astype(np.float32)
    for name, measure in (("scikit-image marching_cubes", lambda: skimage_surface(filled)),
                          ("VTK vtkMarchingCubes", lambda: vtk_surface(filled, "vtkMarchingCubes")),
                          ("VTK vtkFlyingEdges3D", lambda: vtk_surface(filled, "vtkFlyingEdges3D"))):
        try:
            for _ in range(30 if "Flying" in name else 1):
                least(times, name, *measure())
        except ImportError as error:
            times[f"{name}: not installed ({error.name})"] = (None, None)


def main():
    xyz, mass = draw()
    grids, meshes = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        np.column_stack([xyz, mass]).astype(np.float32).tofile(f"{folder}/points")
        if only_proxigram:
            tell_proxigram(xyz, mass, f"{folder}/objects", ours(folder, f"{folder}/objects")[8])
            return
        for turn in range(rounds):
            words = ours(folder, *([f"{folder}/objects"] if turn == 0 else []))
            objects = words[7:] or objects
            grid = np.load(f"{folder}/grid.npy")
            least(grids, "one", words[0], None)
            least(grids, "two", words[1], None)
            least(meshes, "ionatlas", words[2], int(words[3]))
            least(grids, "peer", *peer_grid(xyz, mass, np.array(words[4:7]), grid.shape))
            surfaces(grid, meshes)
    field = grids["peer"][1]
    inside = np.isfinite(grid) & np.isfinite(field)
    difference = np.sqrt(np.mean((grid[inside] - field[inside]) ** 2))
    one, peer = grids["one"][0], grids["peer"][0]
    print(f"{n:,} ions in a needle of 50 per nm3, a twentieth solute, 70 % in 40 spheres; voxels of {voxel} nm, "
          f"{grid.shape[2]} x {grid.shape[1]} x {grid.shape[0]}; {threads} threads; least of {rounds} turns.\n")
    print("| grid and delocalisation | s | times ours | |\n|---|---:|---:|---|")
    print(f"| ionatlas, from m/n and positions: ranging, counting, one Gaussian, edge | {one:.2f} | 1 | |")
    print(f"| numpy.bincount and scipy.ndimage, from labels and positions | {peer:.2f} | {peer / one:.1f} | "
          f"rms difference {difference:.2g} at.% |")
    print(f"| ionatlas, both passes of the published way | {grids['two'][0]:.2f} | | |\n")
    print("| iso-surface of that grid | s | triangles | times ours |\n|---|---:|---:|---:|")
    mesh = meshes.pop("ionatlas")
    print(f"| ionatlas | {mesh[0]:.4f} | {mesh[1]:,} | 1 |")
    for name, (seconds, faces) in meshes.items():
        print(f"| {name} | {seconds:.4f} | {faces:,} | {seconds / mesh[0]:.1f} |" if seconds else f"| {name} | | | |")
    print("\nThe others close the surface at the specimen's edge, where ionatlas drops triangles.\n")
    print(f"Objects ({objects[2]:.0f}) with ions, composition, shape and rules: {objects[0]:.2f} s. Proximity histogram of all ions "
          f"(exact distances of {objects[3]:,.0f} ions within 4 nm, fits, 199 shuffles): {objects[1]:.1f} s.")


main()

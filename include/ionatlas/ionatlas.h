// include/ionatlas/ionatlas.h: the one header to include; words and shapes used
// everywhere.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_H
#define IONATLAS_H

/*
   ions      table of recorded ions, one column per quantity; n ions.
   xyz       (n, 3) float, row by row: x, y as the detector's, z grows with depth; nm.
   mass      (n) float: mass-to-charge state ratio m/n of an ion; Da.
   detector  (n, 2) float: hit position as in the file; mm.
   ion       a kind of ion: element counts and charge, "Al++" doubly charged, "Al2+" the
   dimer. range     an interval [lo, hi) of m/n that stands for one ion; Da. labels    (n)
   int32: index of the ion each recorded ion was ranged as, -1 for none. spectrum
   histogram of m/n; bins [lo, lo + bin). step      one method run once with its
   parameters; a chain of steps is an analysis. project   .nxs file: ions, steps,
   parameters, hashes and results, after NeXus NXapm.

   House units: nm, Da, ns, V, K, radian. A name carries a unit where it departs from
   these. Arrays are contiguous, row by row. Positions are float, sums double, counts
   uint64_t.
*/

#include <ionatlas/base.h>
#include <ionatlas/context.h>
#include <ionatlas/parallel.h>
#include <ionatlas/quadrilateral.h>
#include <ionatlas/random.h>
#include <ionatlas/hash.h>
#include <ionatlas/column.h>
#include <ionatlas/table.h>
#include <ionatlas/method.h>
#include <ionatlas/ion.h>
#include <ionatlas/ion_mixture.h>
#include <ionatlas/ions.h>
#include <ionatlas/crystal.h>
#include <ionatlas/orientation.h>
#include <ionatlas/detector.h>
#include <ionatlas/hitmap.h>
#include <ionatlas/pole_classes.h>
#include <ionatlas/poles.h>
#include <ionatlas/map_combine.h>
#include <ionatlas/flight.h>
#include <ionatlas/projection.h>
#include <ionatlas/reconstruct.h>
#include <ionatlas/edge.h>
#include <ionatlas/extent.h>
#include <ionatlas/neighbours.h>
#include <ionatlas/ranges.h>
#include <ionatlas/range_edit.h>
#include <ionatlas/formats.h>
#include <ionatlas/fourier.h>
#include <ionatlas/excess.h>
#include <ionatlas/spectrum.h>
#include <ionatlas/peaks.h>
#include <ionatlas/shape.h>
#include <ionatlas/background.h>
#include <ionatlas/identify.h>
#include <ionatlas/calibrate.h>
#include <ionatlas/range_compare.h>
#include <ionatlas/label.h>
#include <ionatlas/tip_angles.h>
#include <ionatlas/tof_trees.h>
#include <ionatlas/voronoi.h>
#include <ionatlas/deconvolve.h>
#include <ionatlas/hydrogen.h>
#include <ionatlas/bayes.h>
#include <ionatlas/composition.h>
#include <ionatlas/limits.h>
#include <ionatlas/charge_states.h>
#include <ionatlas/multihit.h>
#include <ionatlas/autorange.h>
#include <ionatlas/dead_time.h>
#include <ionatlas/agreement.h>
#include <ionatlas/knn.h>
#include <ionatlas/pairs.h>
#include <ionatlas/rdf.h>
#include <ionatlas/correlation.h>
#include <ionatlas/frequency.h>
#include <ionatlas/honest.h>
#include <ionatlas/blobs.h>
#include <ionatlas/cluster.h>
#include <ionatlas/hdbscan.h>
#include <ionatlas/optics.h>
#include <ionatlas/sdm.h>
#include <ionatlas/share.h>
#include <ionatlas/misorientation.h>
#include <ionatlas/planes.h>
#include <ionatlas/profile.h>
#include <ionatlas/field.h>
#include <ionatlas/surface.h>
#include <ionatlas/proxigram.h>
#include <ionatlas/synth.h>
#include <ionatlas/projection_drift.h>
#include <ionatlas/projection_fit.h>
#include <ionatlas/workflow.h>
#include <ionatlas/project.h>
#include <ionatlas/report.h>

#endif

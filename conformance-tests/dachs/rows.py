#!/usr/bin/env python3
"""Writes N synthetic ObsCore rows as CSV, the same N rows every time.

    rows.py N > rows.csv

These are benchmark rows, not observations: every title, collection, target and
telescope says so, and the access URLs lead nowhere (`.invalid`, RFC 2606). The
sky is half uniform, three tenths a band around the galactic-plane-like equator
of the generator, two tenths 500 deep fields, so that cones meet empty and
crowded places. Standard library only.
"""

import csv
import math
import random
import sys

COLUMNS = (
    "dataproduct_type dataproduct_subtype calib_level obs_collection obs_id obs_title obs_publisher_did "
    "obs_creator_did access_url access_format access_estsize target_name target_class s_ra s_dec s_fov s_region "
    "s_resolution t_min t_max t_exptime t_resolution em_min em_max em_res_power o_ucd pol_states facility_name "
    "instrument_name s_xel1 s_xel2 t_xel em_xel pol_xel s_pixel_scale em_ucd"
).split()
TYPES = ["image", "spectrum", "cube", "timeseries", "visibility", "event"]
TYPE_WEIGHTS = [45, 25, 10, 8, 7, 5]
FORMATS = ["application/fits", "image/fits", "application/x-votable+xml;content=datalink", "text/csv"]
BANDS_M = [1e-10, 1e-8, 1.5e-7, 4.5e-7, 6.5e-7, 2.2e-6, 1e-5, 1e-4, 1e-3, 0.21]
WORDS = "deep field survey mosaic cluster spectrum photometry nebula imaging continuum line transient variable".split()


def position(rng, fields):
    kind = rng.random()
    if kind < 0.5:
        return rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-1, 1)))
    if kind < 0.8:
        return rng.uniform(0, 360), max(-89.0, min(89.0, rng.gauss(0, 12)))
    ra, dec = rng.choice(fields)
    dec = max(-89.9, min(89.9, dec + rng.gauss(0, 0.25)))
    return (ra + rng.gauss(0, 0.25) / math.cos(math.radians(dec))) % 360, dec


def polygon(ra, dec, fov):
    """A box around the centre as a pgsphere literal."""
    half = fov / 2
    wide = half / max(math.cos(math.radians(dec)), 0.02)
    low, high = max(dec - half, -90), min(dec + half, 90)
    corners = [(ra - wide, low), (ra + wide, low), (ra + wide, high), (ra - wide, high)]
    return "{" + ",".join(f"({lon % 360:.6f}d,{lat:.6f}d)" for lon, lat in corners) + "}"


def row(rng, fields, number):
    ra, dec = position(rng, fields)
    kind = rng.choices(TYPES, TYPE_WEIGHTS)[0]
    collection = f"synthetic-{min(int(rng.expovariate(0.15)), 39):02d}"
    fov = round(10 ** rng.uniform(-2.5, 0.3), 5)
    wavelength = rng.choice(BANDS_M) * 10 ** rng.uniform(-0.1, 0.1)
    start, exposure = rng.uniform(47892, 60676), round(10 ** rng.uniform(0, 5), 1)
    telescope = rng.randrange(25)
    image = kind == "image"
    target = f"Synthetic target {rng.randrange(99999)}"
    identifier = f"{collection}/{number}"
    return [
        kind, rng.choice(["science", None]), rng.choices(range(4), [1, 2, 5, 2])[0], collection, identifier,
        f"synthetic {kind} of {target}: {' '.join(rng.sample(WORDS, 3))}", f"ivo://archway.synthetic/dachs?{identifier}",
        f"ivo://creator.synthetic/{identifier}", f"https://archive.invalid/files/{identifier}", rng.choice(FORMATS),
        int(10 ** rng.uniform(1, 6)), target, rng.choice([None, "Galaxy", "Star", "QSO"]), ra, dec, fov,
        polygon(ra, dec, fov), round(10 ** rng.uniform(-1.5, 1.5), 4), start, start + exposure / 86400, exposure,
        rng.choice([None, exposure]), wavelength * 0.9, wavelength * 1.15, round(10 ** rng.uniform(0, 5), 2),
        rng.choice(["phot.flux.density", "phot.count", "phot.mag"]), rng.choice([None, None, "/I/", "/I/Q/U/V/"]),
        f"Synthetic telescope {telescope:02d}", f"Synthetic instrument {telescope:02d}{rng.choice('ABCD')}",
        rng.randrange(256, 8192) if image else None, rng.randrange(256, 8192) if image else None,
        rng.randrange(1, 5000) if kind == "timeseries" else None,
        rng.randrange(100, 20000) if kind in ("spectrum", "cube") else None, rng.choice([None, 1, 4]),
        round(10 ** rng.uniform(-2, 1), 4) if image else None, rng.choice(["em.wl", "em.energy", "em.freq"]),
    ]


def main():
    rng = random.Random(20260801)
    fields = [(rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-0.98, 0.98)))) for _ in range(500)]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    for number in range(int(sys.argv[1])):
        out.writerow(row(rng, fields, number))


if __name__ == "__main__":
    main()

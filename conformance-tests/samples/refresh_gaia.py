"""Catalogue files with Gaia sources: copied as they are, and their rows as tables."""

import csv
import io
import zipfile

from refresh_sky import plain

GAIA_CREDIT = ("This work has made use of data from the European Space Agency (ESA) mission Gaia, "
               "processed by the Gaia Data Processing and Analysis Consortium (DPAC)")
CLUSTERS = {
    "package": "gyrointerp", "id": "gaia-clusters", "sha256": "92d97baac91cea60",
    "path": "gyrointerp/data/literature/Godoy-Rivera_2021_M37_M50_NGC2516_NGC2547_NGC6811_Pleiades_Praesepe.fits",
    "title": "Stars of seven open clusters with rotation periods", "publisher": "Godoy-Rivera et al. 2021, through VizieR (J/ApJS/257/46)",
    "credit": GAIA_CREDIT + "; Godoy-Rivera, Pinsonneault and Rebull 2021, ApJS 257, 46",
    "processing": "file renamed; rows as a table with the file's columns",
}
PLEIADES = {
    "package": "gyrointerp", "id": "gaia-pleiades", "sha256": "5fd219a8fdaccd0b",
    "path": "gyrointerp/data/interim/pleiades/Rebull_2016_X_GDR3_supplemented.csv",
    "title": "Pleiades stars: K2 rotation periods and Gaia DR3", "publisher": "Rebull et al. 2016; gyrointerp",
    "credit": GAIA_CREDIT + "; Rebull et al. 2016, AJ 152, 113",
    "processing": "file renamed; rows as a table with the file's columns",
}
SAMPLE = {
    "package": "pyia", "id": "gaia-dr3-sample", "sha256": "06210bca9936f31e", "path": "tests/data/gdr3_sm.fits",
    "title": "1,000 rows of gaia_source, Gaia DR3", "publisher": "ESA/Gaia/DPAC", "credit": GAIA_CREDIT,
    "processing": "file as it is; the table leaves out correlations, scan and image-parameter statistics",
}
SPECTRUM = {
    "package": "astroquery", "id": "gaia-xp-spectrum", "sha256": "8cc1f0dea0686320",
    "path": "astroquery/gaia/tests/data/gaia_dr3_source_id_5937083312263887616_dl_products_fits.zip",
    "title": "XP spectrum of Gaia DR3 5937083312263887616", "publisher": "ESA/Gaia/DPAC", "credit": GAIA_CREDIT,
    "processing": "archive of FITS files as it is; the table holds the sampled spectrum in it",
}
# gaia_source columns that say how a value was measured rather than what it is.
LEFT_OUT = ("_corr", "scan_direction", "ipd_", "pseudocolour", "astrometric_n_", "_transits", "rv_template",
            "classprob", "ebpminrp", "libname", "random_index", "_n_obs", "new_matched", "rv_method", "rv_visibility",
            "rv_expected", "rv_renormalised", "rv_chisq", "rv_time", "rv_amplitude", "rv_atm", "grvs", "rvs_spec",
            "sigma5d", "phot_proc_mode", "_over_error")
UCD = {"ra": "pos.eq.ra;meta.main", "RAJ2000": "pos.eq.ra", "dec": "pos.eq.dec;meta.main", "DEJ2000": "pos.eq.dec"}
UNITS = {  # of the Pleiades table, which has none: Gaia archive and paper units of the same column names
    "RAJ2000": "deg", "DEJ2000": "deg", "ra": "deg", "dec": "deg", "l": "deg", "b": "deg", "ecl_lon": "deg", "ecl_lat": "deg",
    "parallax": "mas", "parallax_error": "mas", "pmra": "mas.yr**-1", "pmdec": "mas.yr**-1", "phot_g_mean_mag": "mag",
    "Prot": "d", "Vmag": "mag", "Ksmag": "mag", "bp_rp": "mag", "bp_g": "mag", "g_rp": "mag", "radial_velocity": "km.s**-1",
    "radial_velocity_error": "km.s**-1", "teff_gspphot": "K", "Teff_Curtis20": "K", "Teff_Mamajek": "K",
}
TYPES = {"A": "char", "D": "double", "E": "float", "I": "short", "J": "int", "K": "long", "L": "boolean"}


def add(site):
    catalogue(site, CLUSTERS, "gaia.open_clusters", "gaia/open_clusters", "Open clusters in Gaia", "gaia/godoy-rivera-2021-clusters.fits",
              "Open clusters in Gaia: 3,492 stars of M37, M50, NGC 2516, NGC 2547, NGC 6811, the Pleiades and Praesepe with "
              "Gaia DR2 astrometry, photometry and rotation periods (Godoy-Rivera et al. 2021). A paper's sample of stars "
              "with periods, not a blind cone on the sky")
    pleiades(site)
    catalogue(site, SAMPLE, "gaia.gaia_source_sample", "gaia/gaia_source_sample", "Gaia DR3, 1,000 sources", "gaia/gaia-dr3-sample.fits",
              "1,000 rows of gaia_source of Gaia DR3 from all over the sky, 1,000 of 1.8 thousand million")
    spectrum(site)


def fits(data):
    from astropy.io import fits as reader

    return reader.open(io.BytesIO(data))[1]


def describe(description, file):
    return f"Sample of real data. {description}. The file: {{base}}/files/{file}"


def regular(name):
    """A column name as a client must type it: delimited where it is not a regular identifier."""
    return name if name.replace("_", "a").isalnum() and name[0].isalpha() else f'"{name}"'


def fits_columns(hdu, ucd_key, description_key):
    columns = []
    for number, column in enumerate(hdu.columns, 1):
        kind = column.format.lstrip("0123456789")[0]
        entry = {"name": regular(column.name), "datatype": TYPES[kind]}
        if kind == "A":
            entry["arraysize"] = "*"
        if column.unit:
            entry["unit"] = column.unit.replace("'", "")
        if hdu.header.get(f"{ucd_key}{number}"):
            entry["ucd"] = hdu.header[f"{ucd_key}{number}"].strip()
        text = hdu.header.get(f"{description_key}{number}") if description_key else hdu.header.comments[f"TTYPE{number}"]
        if text:
            entry["description"] = " ".join(text.lstrip("? ").split())
        columns.append(entry)
    return columns


def cells(hdu, keep):
    nulls = {c.name: c.null for c in hdu.columns}
    names = [c.name for c in hdu.columns if keep(c.name)]
    for row in hdu.data:
        yield [None if nulls[n] is not None and row[n] == nulls[n] else plain(row[n]) for n in names]


def catalogue(site, source, table, stem, title, file, description):
    data = site.packages.read(source)
    hdu = fits(data)
    whole = source is CLUSTERS
    keep = (lambda n: True) if whole else (lambda n: not any(p in n for p in LEFT_OUT))
    columns = [c for c in fits_columns(hdu, "UCD__" if whole else "TUCD", None if whole else "TCOMM") if keep(c["name"].strip('"'))]
    rows = list(cells(hdu, keep))
    site.dataset(source, len(rows))
    site.file(source["id"], file, "application/fits", data)
    site.table(table, stem, title, describe(description, file), columns, rows, file)


def pleiades(site):
    data = site.packages.read(PLEIADES)
    header, *rows = csv.reader(io.StringIO(data.decode()))
    columns = []
    for index, name in enumerate(header):
        entry = {"name": regular(name), **kind([r[index] for r in rows])}
        if name in UNITS:
            entry |= {"unit": UNITS[name], "description": "Unit derived from the column's name; the file states none"}
        if name in UCD:
            entry["ucd"] = UCD[name]
        columns.append(entry)
    booleans = [i for i, c in enumerate(columns) if c["datatype"] == "boolean"]
    rows = [[(v.lower() if i in booleans else v) or None for i, v in enumerate(r)] for r in rows]
    file = "gaia/rebull-2016-pleiades-gaia-dr3.csv"
    site.dataset(PLEIADES, len(rows))
    site.file(PLEIADES["id"], file, "text/csv; charset=utf-8", data)
    site.table("gaia.pleiades_rotation", "gaia/pleiades_rotation", "Pleiades: Gaia meets K2",
               describe("Pleiades: Gaia meets K2. 754 Pleiades stars with K2 rotation periods (Rebull et al. 2016) and Gaia DR3", file),
               columns, rows, file)


def kind(values):
    """The narrowest VOTable type that holds every value of a CSV column."""
    given = [v for v in values if v]
    if given and all(v in ("True", "False") for v in given):
        return {"datatype": "boolean"}
    for datatype, read in (("long", int), ("double", float)):
        try:
            for v in given:
                read(v)
            return {"datatype": datatype}
        except ValueError:
            pass
    return {"datatype": "char", "arraysize": "*"}


def spectrum(site):
    data = site.packages.read(SPECTRUM)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(n for n in archive.namelist() if n.startswith("XP_SAMPLED"))
        hdu = fits(archive.read(name))
    columns = fits_columns(hdu, "TUCD", "TCOMM")
    rows = list(cells(hdu, lambda n: True))
    file = "gaia/gaia-dr3-5937083312263887616-products.zip"
    site.dataset(SPECTRUM, len(rows))
    site.file(SPECTRUM["id"], file, "application/zip", data)
    site.table("gaia.xp_sampled_spectrum", "gaia/xp_sampled_spectrum", "XP spectrum of Gaia DR3 5937083312263887616",
               describe("Sampled mean XP spectrum of Gaia DR3 5937083312263887616, 343 points; the file also holds its "
                        "continuous representation and the MSC samples", file), columns, rows, file)

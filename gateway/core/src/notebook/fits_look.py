# %% [markdown]
# ## FITS files
#
# What each holds, by its headers: the kind decides which of the cells below plots it.

# %%
import warnings

from astropy.io import fits
from astropy.io.fits.verify import VerifyWarning
from astropy.wcs import WCS, FITSFixedWarning

warnings.simplefilter("ignore", VerifyWarning)
warnings.simplefilter("ignore", FITSFixedWarning)


def column(names, wanted):
    """The first of the wanted columns that is there, whatever its case."""
    by_lower = {name.lower(): name for name in names}
    return next((by_lower[name] for name in wanted if name in by_lower), None)


TIME = ("time", "barytime", "mjd", "jd", "bjd", "hjd")
RATE = ("pdcsap_flux", "flux", "sap_flux", "rate", "counts", "mag")
WAVE = ("wavelength", "wave", "lambda", "loglam", "freq", "frequency", "energy", "vhelio")
FLUX = ("flux", "fluxdens", "flux_density", "flam", "intensity")


def kind_of(hdu):
    """What one HDU holds; None if there is nothing to plot."""
    if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)):
        names = hdu.columns.names
        title = f"{hdu.name} {hdu.header.get('HDUCLAS1', '')}".upper()
        if hdu.header.get("PIXTYPE") == "HEALPIX":
            return "HEALPix map"
        if "EVENT" in title and column(names, TIME):
            return "events"
        if column(names, TIME) and column(names, RATE):
            return "light curve"
        if column(names, WAVE) and column(names, FLUX):
            return "spectrum"
        return "table"
    if hdu.is_image and hdu.header.get("NAXIS", 0) > 0:
        shape = [length for length in hdu.shape if length > 1]
        if len(shape) == 1:
            return "spectrum"
        if len(shape) > 1:
            return "image"
    return None


def look(path, file):
    with fits.open(path) as hdus:
        kinds = {index: kind_of(hdu) for index, hdu in enumerate(hdus)}
        for index, kind in kinds.items():
            if kind:
                hdu = hdus[index]
                size = hdu.shape if hdu.is_image else (len(hdu.data), len(hdu.columns))
                size = " x ".join(str(length) for length in reversed(size))
                print(f"  HDU {index} {hdu.name or '(no name)'}: {kind}, {size}")
    found = {index: kind for index, kind in kinds.items() if kind}
    if not found:
        raise ValueError("no HDU holds an image or a table")
    # A table of times or orders often stands beside what the file is about.
    order = ("HEALPix map", "events", "light curve", "spectrum", "image", "table")
    file["hdu"], file["kind"] = min(found.items(), key=lambda item: order.index(item[1]))


def fits_of(kind):
    return [file for file in files_of("fits") if file.get("kind") == kind]


show_each(files_of("fits"), look)

# %% [markdown]
# ### Images

# %%
from astropy.io.fits.verify import VerifyError
from astropy.visualization import simple_norm


def coordinates(header):
    """Where the pixels are; a card elsewhere that breaks the standard does no harm."""
    try:
        return WCS(header, naxis=2)
    except VerifyError:
        words = ("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT", "CROTA")
        keys = [f"{word}{axis}" for word in words for axis in (1, 2)]
        keys += [f"{word}{i}_{j}" for word in ("CD", "PC") for i in (1, 2) for j in (1, 2)]
        keys += [f"PV2_{j}" for j in range(6)] + ["EQUINOX", "RADESYS", "LONPOLE", "LATPOLE"]
        return WCS(fits.Header([(key, header[key]) for key in keys if key in header]), naxis=2)


def show_image(path, file):
    with fits.open(path) as hdus:
        hdu = hdus[file["hdu"]]
        header, data = hdu.header, np.asarray(hdu.data, dtype=float)
        # Of a cube, the plane in the middle.
        while data.ndim > 2:
            data = data[data.shape[0] // 2]
        unit = header.get("BUNIT") or "pixel value"
        print(f"  {data.shape[1]} x {data.shape[0]} pixels, from {np.nanmin(data):.6g} to "
              f"{np.nanmax(data):.6g}, sum {np.nansum(data):.6g}")
        wcs = coordinates(header)
        on_the_sky = wcs.wcs.lngtyp in ("RA", "GLON")
        if on_the_sky:
            axes = plt.figure(figsize=(7, 6)).add_subplot(projection=wcs)
            axes.coords.grid(color="white", alpha=0.3, linestyle=":")
            equatorial = wcs.wcs.lngtyp == "RA"
            axes.set_xlabel("right ascension" if equatorial else "galactic longitude")
            axes.set_ylabel("declination" if equatorial else "galactic latitude")
        else:
            axes = plt.figure(figsize=(7, 6)).add_subplot()
            axes.set_xlabel(f"{header.get('CTYPE1', '')} pixel".strip())
            axes.set_ylabel(f"{header.get('CTYPE2', '')} pixel".strip())
        # A negative value that fills a part of the image stands for "nothing was seen here".
        least = np.nanmin(data)
        seen = data[data > least] if least < 0 and np.mean(data == least) > 0.02 else data
        lowest, highest = np.nanpercentile(seen, [1, 99.7])
        if highest <= lowest:
            lowest, highest = np.nanmin(data), np.nanmax(data)
        norm = simple_norm(data, "asinh", vmin=lowest, vmax=highest)
        wide = max(data.shape) > 4 * min(data.shape)
        picture = axes.imshow(
            data, norm=norm, cmap="gray", aspect="auto" if wide else "equal",
            interpolation="nearest",
        )
        plt.colorbar(picture, ax=axes, label=unit, shrink=0.85)
        axes.set_title(file["title"], wrap=True)


show_each(fits_of("image"), show_image)

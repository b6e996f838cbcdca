# %% [markdown]
# ### HEALPix maps of the sky
#
# Mollweide projection; longitude grows to the left, as on the sky.

# %%
from astropy import units as u
from astropy_healpix import HEALPix

maps = {}   # title: first column of the map in RING order


def show_map(path, file):
    with fits.open(path) as hdus:
        hdu = hdus[file["hdu"]]
        header, name = hdu.header, hdu.columns.names[0]
        values = np.asarray(hdu.data[name], dtype=float).ravel()
    if header.get("INDXSCHM", "IMPLICIT").strip() == "EXPLICIT":
        raise ValueError("the map covers a part of the sky only (INDXSCHM = EXPLICIT)")
    values[values < -1.6e30] = np.nan   # the convention for "no value"
    nside = int(np.sqrt(values.size / 12))
    if header["ORDERING"].strip().upper().startswith("NEST"):
        nested = HEALPix(nside, order="nested").ring_to_nested(np.arange(values.size))
        values = values[nested]
    maps[file["title"]] = values
    frame = {"G": "galactic", "C": "equatorial", "E": "ecliptic"}.get(
        header.get("COORDSYS", "").strip()[:1].upper(), "frame not stated in the file")
    print(f"  Nside {nside}, {values.size} pixels of {name}; {frame}; "
          f"mean {np.nanmean(values):.4g}, standard deviation {np.nanstd(values):.4g}")

    edges_lon, edges_lat = np.linspace(-180, 180, 721), np.linspace(-90, 90, 361)
    lon, lat = np.meshgrid((edges_lon[1:] + edges_lon[:-1]) / 2, (edges_lat[1:] + edges_lat[:-1]) / 2)
    pixels = HEALPix(nside, order="ring").lonlat_to_healpix(lon * u.deg, lat * u.deg)
    axes = plt.figure(figsize=(9, 5)).add_subplot(projection="mollweide")
    # The plane of the Milky Way would decide the scale.
    middle = np.nanmedian(values)
    width = 5 * np.nanmedian(np.abs(values - middle))
    lowest, highest = middle - width, middle + width
    if highest <= lowest:
        lowest, highest = np.nanmin(values), np.nanmax(values)
    picture = axes.pcolormesh(
        -np.radians(edges_lon), np.radians(edges_lat), values[pixels],
        vmin=lowest, vmax=highest, cmap="RdBu_r", rasterized=True,
    )
    axes.set_xticklabels([])
    axes.grid(alpha=0.3)
    unit = header.get("TUNIT1") or "unit not stated in the file"
    plt.colorbar(picture, ax=axes, orientation="horizontal", shrink=0.6, label=f"{name} [{unit}]")
    axes.set_title(file["title"], pad=18)


show_each(fits_of("HEALPix map"), show_map)

# %%
# How alike the maps are, pixel by pixel, where a mask of the selection keeps them.
masks = {title: values for title, values in maps.items()
         if set(np.unique(values[np.isfinite(values)])) <= {0.0, 1.0}}
skies = {title: values for title, values in maps.items() if title not in masks}
titles = list(skies)
for i, first in enumerate(titles):
    for second in titles[i + 1:]:
        if skies[first].size != skies[second].size:
            continue
        kept = np.isfinite(skies[first]) & np.isfinite(skies[second])
        for title, mask in masks.items():
            if mask.size == kept.size:
                kept &= mask == 1
        correlation = np.corrcoef(skies[first][kept], skies[second][kept])[0, 1]
        where = "outside the mask" if masks else "on the whole sky"
        print(f"correlation {where}: {correlation:.4f} over {kept.sum()} pixels ({kept.mean():.1%})")
        print(f"  {first}\n  {second}")
        plt.figure(figsize=(5, 5))
        plt.hexbin(skies[first][kept], skies[second][kept], gridsize=60, bins="log", cmap="viridis")
        plt.xlabel(first, wrap=True)
        plt.ylabel(second, wrap=True)
        plt.title(f"correlation {correlation:.4f} {where}")
        plt.show()

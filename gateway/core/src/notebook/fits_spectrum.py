# %% [markdown]
# ### Spectra

# %%
def show_spectrum(path, file):
    with fits.open(path) as hdus:
        hdu = hdus[file["hdu"]]
        header = hdu.header
        figure, axes = plt.subplots()
        if hdu.is_image:
            flux = np.asarray(hdu.data, dtype=float).ravel()
            step = header.get("CDELT1") or header.get("CD1_1") or 1.0
            reference, value = header.get("CRPIX1", 1.0), header.get("CRVAL1", 0.0)
            label = header.get("CTYPE1") or "pixel"
            unit = header.get("CUNIT1") or ""
            # FITS counts pixels from 1, numpy from 0.
            wave = value + step * (np.arange(flux.size) + 1 - reference)
            print(f"  {flux.size} pixels; {label} = {value:.5f} + {step:.5f} i {unit}".rstrip())
            print(f"  i counts from the reference pixel, {reference:g}; the pixels go from "
                  f"{wave[0]:.5f} to {wave[-1]:.5f}")
            axes.plot(wave, flux, linewidth=0.5)
            axes.set_xlabel(f"{label} [{unit}]" if unit and unit not in label else label)
            axes.set_ylabel(header.get("BUNIT") or "flux")
            values = [flux]
        else:
            values = []
            for hdu in hdus:
                if kind_of(hdu) != "spectrum":
                    continue
                x, y = column(hdu.columns.names, WAVE), column(hdu.columns.names, FLUX)
                wave, flux = (np.asarray(hdu.data[name], dtype=float).ravel() for name in (x, y))
                print(f"  {flux.size} points, {x} from {np.nanmin(wave):.6g} to {np.nanmax(wave):.6g}")
                axes.plot(wave, flux, linewidth=0.8, label=hdu.name or f"HDU {len(values) + 1}")
                values.append(flux)
                axes.set_xlabel(f"{x} [{hdu.columns[x].unit}]")
                axes.set_ylabel(f"{y} [{hdu.columns[y].unit}]")
            if len(values) > 1:
                axes.legend()
        # Cosmic rays and bad pixels would decide the scale.
        lowest, highest = np.nanpercentile(np.concatenate(values), [0.1, 99.9])
        margin = 0.1 * (highest - lowest) or 1.0
        axes.set_ylim(lowest - margin, highest + margin)
        axes.set_title(file["title"], wrap=True)


show_each(fits_of("spectrum"), show_spectrum)

# %% [markdown]
# ### Light curves
#
# With a Lomb-Scargle periodogram, which finds a period in unevenly sampled data. It finds one
# in anything: look at the height of the peak.

# %%
from astropy.timeseries import LombScargle


def time_unit(hdu, name):
    """Unit of the times, "" where the file states none."""
    unit = (hdu.columns[name].unit or hdu.header.get("TIMEUNIT") or "").strip()
    return "d" if unit.upper().startswith(("BJD", "JD", "MJD", "HJD", "D")) else unit


def show_light_curve(path, file):
    with fits.open(path) as hdus:
        hdu = hdus[file["hdu"]]
        names = hdu.columns.names
        x, y = column(names, TIME), column(names, RATE)
        time = np.asarray(hdu.data[x], dtype=float).ravel()
        # Several channels stand side by side: one row of vectors, or one vector a row.
        rate = np.squeeze(np.asarray(hdu.data[y], dtype=float))
        if rate.shape[0] != time.size:
            rate = rate.T
        channels = rate.reshape(time.size, -1).T
        if len(channels) > 4:
            channels = channels.sum(axis=0, keepdims=True)
        good = np.isfinite(time)
        quality = column(names, ("sap_quality", "quality"))
        if quality and hdu.data[quality].size == time.size:
            good &= np.asarray(hdu.data[quality]).ravel() == 0
        unit, rate_unit = time_unit(hdu, x), hdu.columns[y].unit or "unit not stated"
    time, channels = time[good], channels[:, good]
    print(f"  {time.size} good measurements of {y} over {np.ptp(time):.6g} {unit}")

    figure, above = plt.subplots()
    for number, channel in enumerate(channels, 1):
        above.plot(time, channel, ".", markersize=2 if time.size > 200 else 8, label=f"channel {number}")
    if len(channels) > 1:
        above.legend()
    positive = channels[np.isfinite(channels) & (channels > 0)]
    if positive.size and positive.max() > 300 * np.median(positive):
        above.set_yscale("log")
    above.set_xlabel(f"{x} [{unit}]")
    above.set_ylabel(f"{y} [{rate_unit}]")
    above.set_title(file["title"], wrap=True)

    finite = np.isfinite(channels[0])
    time, rate = time[finite], channels[0][finite]
    if time.size < 50:
        return   # too few for a period
    figure, below = plt.subplots(figsize=(9, 3))
    span, step = np.ptp(time), np.median(np.diff(np.sort(time)))
    # Periods that were seen at least five times.
    frequency = np.linspace(5 / span, min(1 / (8 * step), 5000 / span), 20000)
    power = LombScargle(time, rate).power(frequency)
    best = 1 / frequency[np.argmax(power)]
    print(f"  Lomb-Scargle: strongest period {best:.4g} {unit}, power {power.max():.2f}")
    below.semilogx(1 / frequency, power, linewidth=0.8)
    below.axvline(best, color="tab:red", linestyle=":", label=f"{best:.4g} {unit}")
    below.legend()
    below.set_xlabel(f"period [{unit}]")
    below.set_ylabel("Lomb-Scargle power")


show_each(fits_of("light curve"), show_light_curve)

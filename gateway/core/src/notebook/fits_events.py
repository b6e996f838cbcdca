# %% [markdown]
# ### Event lists
#
# Every photon in its own row: their rate, their energies, and where they fell.

# %%
def show_events(path, file):
    with fits.open(path) as hdus:
        hdu = hdus[file["hdu"]]
        names = hdu.columns.names
        x, y = column(names, ("x", "detx")), column(names, ("y", "dety"))
        energy = column(names, ("energy", "pi", "pha", "channel"))
        time = np.asarray(hdu.data[column(names, TIME)], dtype=float)
        print(f"  {time.size} events in {np.ptp(time):.6g} s")
        count = 1 + bool(energy) + bool(x and y)
        figure, panels = plt.subplots(1, count, figsize=(4.5 * count, 4), squeeze=False)
        panels = iter(panels[0])
        bins = int(np.clip(time.size / 20, 10, 200))
        counts, edges = np.histogram(time - time.min(), bins=bins)
        panel = next(panels)
        panel.stairs(counts / np.diff(edges), edges)
        panel.set_xlabel("time since the first event [s]")
        panel.set_ylabel("events / s")
        if energy:
            values = np.asarray(hdu.data[energy], dtype=float)
            panel = next(panels)
            panel.hist(values, bins=100, histtype="step", log=True)
            unit = hdu.columns[energy].unit
            panel.set_xlabel(f"{energy} [{unit}]" if unit else energy)
            panel.set_ylabel("events")
        if x and y:
            panel = next(panels)
            panel.plot(hdu.data[x], hdu.data[y], ",")
            panel.set_aspect("equal", adjustable="datalim")
            panel.set_xlabel(x)
            panel.set_ylabel(y)
        figure.suptitle(file["title"])


show_each(fits_of("events"), show_events)

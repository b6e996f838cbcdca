# %% [markdown]
# ## Tables

# %%
import warnings

from astropy.units import UnitsWarning

warnings.simplefilter("ignore", UnitsWarning)

tables = {}   # path: table


def name_of(table, *wanted):
    """The first of the wanted columns that is there, whatever its case."""
    by_lower = {name.lower(): name for name in table.colnames}
    return next((by_lower[name] for name in wanted if name in by_lower), None)


def numbers(table, name):
    """A column as floats, with NaN for what is missing."""
    return np.ma.filled(np.ma.asarray(table[name]).astype(float), np.nan)


def show_table(path, file, table):
    tables[file["path"]] = table
    print(f"  {len(table)} rows, {len(table.colnames)} columns")
    table[:5].pprint(max_width=120)
    pairs = [
        ("on the sky", name_of(table, "ra", "raj2000", "ra_icrs", "s_ra", "_ra"),
         name_of(table, "dec", "dej2000", "de_icrs", "s_dec", "_de"), "linear"),
        ("colour and magnitude", name_of(table, "bp_rp", "bp-rp"),
         name_of(table, "phot_g_mean_mag", "gmag"), "linear"),
        ("spectral energy distribution", name_of(table, "energy", "frequency", "nu"),
         name_of(table, "flux", "nufnu"), "log"),
        ("in time", name_of(table, "time", "mjd", "jd", "bjd"),
         name_of(table, "mnvel", "rv", "mag", "rate", "flux"), "linear"),
    ]
    pairs = [pair for pair in pairs if pair[1] and pair[2]]
    numeric = [name for name in table.colnames
               if table[name].dtype.kind in "fiu" and table[name].ndim == 1]
    if not pairs and len(numeric) == 1:
        # One column of numbers is a function of the row: a power spectrum is one of the multipole.
        plt.plot(np.arange(len(table)), numbers(table, numeric[0]))
        plt.xlabel("row, from 0")
        plt.ylabel(numeric[0])
        plt.title(file["title"], wrap=True)
        return
    if not pairs:
        return
    figure, panels = plt.subplots(1, len(pairs), figsize=(5 * len(pairs), 4.5), squeeze=False)
    for panel, (what, x, y, scale) in zip(panels[0], pairs):
        panel.plot(numbers(table, x), numbers(table, y), ".", markersize=2 if len(table) > 500 else 4)
        panel.set(xlabel=f"{x} [{table[x].unit or '-'}]", ylabel=f"{y} [{table[y].unit or '-'}]",
                  title=what, xscale=scale, yscale=scale)
        if what == "on the sky":
            panel.invert_xaxis()
        if "mag" in y.lower():
            panel.invert_yaxis()
    figure.suptitle(file["title"])

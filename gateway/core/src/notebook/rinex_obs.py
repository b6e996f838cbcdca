# %% [markdown]
# ### RINEX observations

# %%
def show_observations(path, file):
    header = georinex.rinexheader(path)
    station = str(header.get("MARKER NAME", "")).strip() or "station without a name"
    # A day at every second takes long to read: of large files every fifth minute.
    large = path.stat().st_size > (1 << 20)
    data = georinex.load(path, interval=300 if large else None)
    satellites = [str(name) for name in data.sv.values]
    codes = [name for name in data.data_vars if name[0] in "CP" and data[name].notnull().any()]
    print(f"  {station}: RINEX {header.get('version')}, {data.sizes['time']} epochs"
          f"{' (one in five minutes)' if large else ''} from {str(data.time.values[0])[:19]} to "
          f"{str(data.time.values[-1])[:19]}, {len(satellites)} satellites")
    if header.get("position"):
        print("  position of the antenna: " + ", ".join(f"{x:.1f} m" for x in header["position"]))
    figure, left, right = two_panels(satellites)
    seen = np.zeros((data.sizes["time"], len(satellites)), dtype=bool)
    for name in codes:
        seen |= data[name].transpose("time", "sv").notnull().values
    where, which = np.nonzero(seen)
    left.plot(data.time.values[where], which, "|", markersize=5)
    left.set(title="satellites in view", xlabel="GPS time")
    # A satellite of one system is measured by one code, of another by another: the fullest.
    for satellite in satellites:
        series = max((data[name].sel(sv=satellite) for name in codes), key=lambda one: one.count())
        right.plot(data.time.values, series.values / 1e6, ".-", markersize=2, linewidth=0.8,
                   label=satellite)
    right.set(title="pseudorange", xlabel="GPS time", ylabel="1,000 km")
    name_lines(right, satellites)
    for axes in (left, right):
        axes.tick_params(axis="x", rotation=30)
    figure.suptitle(f"{file['title']}: {station}")


show_each(files_of("rinex-obs"), show_observations)

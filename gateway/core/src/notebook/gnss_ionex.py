# %% [markdown]
# ### Maps of the ionosphere

# %%
def read_ionex(path):
    """Epochs, latitudes, longitudes, and vertical TEC in TECU of (epoch, latitude, longitude)."""
    epochs, rows, latitudes, exponent, longitudes = [], [], [], -1, None
    inside, row = False, None
    for line in lines_of(path):
        label = line[60:].strip()
        if label == "EXPONENT":
            exponent = int(line[:6])
        elif label == "LON1 / LON2 / DLON":
            first, last, step = (float(line[2 + 6 * i:8 + 6 * i]) for i in range(3))
            longitudes = np.arange(first, last + step / 2, step)
        elif label == "START OF TEC MAP":
            inside = True
        elif label == "END OF TEC MAP":
            inside = False
        elif inside and label == "EPOCH OF CURRENT MAP":
            year, month, day, hour, minute, _ = (int(word) for word in line[:60].split())
            epochs.append(np.datetime64(f"{year}-{month:02}-{day:02}T{hour % 24:02}:{minute:02}")
                          + np.timedelta64(hour // 24, "D"))
        elif inside and label == "LAT/LON1/LON2/DLON/H":
            row = []
            rows.append(row)
            if len(epochs) == 1:
                latitudes.append(float(line[2:8]))
        elif inside and row is not None and label not in ("COMMENT",):
            row.extend(int(word) for word in line.split())
    if longitudes is None or not epochs:
        raise ValueError("it holds no map of the electrons above Earth (IONEX)")
    maps = np.array(rows, dtype=float).reshape(len(epochs), len(latitudes), longitudes.size)
    return epochs, np.array(latitudes), longitudes, np.where(maps == 9999, np.nan, maps * 10.0**exponent)


def show_ionosphere(path, file):
    epochs, latitudes, longitudes, content = read_ionex(path)
    weight = np.cos(np.radians(latitudes))[:, None] * np.ones(longitudes.size)
    mean = np.nansum(content * weight, axis=(1, 2)) / weight.sum()
    print(f"  {len(epochs)} maps from {epochs[0]} to {epochs[-1]}; most electrons "
          f"{np.nanmax(content):.1f} TECU, mean over Earth {mean.mean():.1f} TECU")
    middle = len(epochs) // 2
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), width_ratios=(2, 1))
    picture = left.pcolormesh(longitudes, latitudes, content[middle], shading="nearest", cmap="plasma")
    plt.colorbar(picture, ax=left, label="vertical TEC [TECU]")
    left.set(title=f"{epochs[middle]} UT", xlabel="longitude [deg]", ylabel="latitude [deg]")
    right.plot(epochs, mean, "o-")
    right.set(title="mean over Earth", ylabel="TECU")
    right.tick_params(axis="x", rotation=30)
    figure.suptitle(file["title"])


show_each(files_of("ionex"), show_ionosphere)

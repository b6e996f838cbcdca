# %% [markdown]
# ### SP3 orbits

# %%
def show_orbits(path, file):
    data = georinex.load(path)
    satellites = [str(name) for name in data.sv.values]
    xyz = data["position"].transpose("time", "sv", "ECEF").values      # km, turning with Earth
    xyz = np.where(np.abs(xyz).sum(axis=2, keepdims=True) == 0, np.nan, xyz)
    radius = np.linalg.norm(xyz, axis=2)
    print(f"  {len(satellites)} satellites, {data.sizes['time']} epochs from "
          f"{str(data.time.values[0])[:16]} to {str(data.time.values[-1])[:16]}; "
          f"mean distance from the centre of Earth {np.nanmean(radius):.1f} km")
    longitude = np.degrees(np.arctan2(xyz[..., 1], xyz[..., 0]))
    latitude = np.degrees(np.arcsin(xyz[..., 2] / radius))             # geocentric
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), width_ratios=(2, 1))
    for number, satellite in enumerate(satellites):
        left.plot(longitude[:, number], latitude[:, number], ".", markersize=1.5)
        left.annotate(satellite, (longitude[0, number], latitude[0, number]), fontsize=7)
    left.set(xlim=(-180, 180), ylim=(-90, 90), xlabel="longitude [deg]", ylabel="latitude [deg]",
             title="below the satellites")
    left.grid(alpha=0.3)
    right.boxplot([column[np.isfinite(column)] / 1e3 for column in radius.T], orientation="horizontal",
                  widths=0.7, flierprops={"markersize": 2})
    right.set_yticks(range(1, len(satellites) + 1), labels=satellites, fontsize=6)
    right.set(xlabel="distance from the centre of Earth [1,000 km]", title="nearest and farthest")
    figure.suptitle(file["title"])


show_each(files_of("sp3"), show_orbits)

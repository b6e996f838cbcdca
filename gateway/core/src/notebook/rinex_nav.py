# %% [markdown]
# ### RINEX navigation messages

# %%
def show_navigation(path, file):
    data = georinex.load(path)
    satellites = [str(name) for name in data.sv.values]
    bias = data["SVclockBias"].transpose("time", "sv")
    messages = int(bias.notnull().sum())
    print(f"  {messages} messages of {len(satellites)} satellites from "
          f"{str(data.time.values.min())[:16]} to {str(data.time.values.max())[:16]}")
    figure, left, right = two_panels(satellites)
    left.barh(range(len(satellites)), bias.notnull().sum("time").values)
    left.set(title="messages", xlabel="number")
    for satellite in satellites:
        series = bias.sel(sv=satellite).dropna("time").sortby("time")
        right.plot(series.time.values, series.values * 1e6, ".-", markersize=3, linewidth=0.8,
                   label=satellite)
    right.set(title="clock of the satellite, as it says itself", xlabel="time of clock",
              ylabel="bias [microseconds]")
    name_lines(right, satellites)
    right.tick_params(axis="x", rotation=30)
    figure.suptitle(file["title"])


show_each(files_of("rinex-nav"), show_navigation)

# %% [markdown]
# ### Clocks

# %%
def show_clocks(path, file):
    clocks = {}
    for line in lines_of(path):
        # AS: a satellite; AR would be a receiver. Then name, epoch, number of values, bias in s.
        if line.startswith("AS "):
            words = line.split()
            epoch = np.datetime64(f"{words[2]}-{words[3]:>02}-{words[4]:>02}T{words[5]:>02}:{words[6]:>02}")
            epoch += np.timedelta64(int(float(words[7])), "s")
            clocks.setdefault(words[1], []).append((epoch, float(words[9])))
    if not clocks:
        raise ValueError("no line says the clock of a satellite (AS)")
    print(f"  {sum(map(len, clocks.values()))} values of {len(clocks)} satellites")
    figure, axes = plt.subplots(figsize=(10, 5))
    for satellite, values in sorted(clocks.items()):
        times, bias = zip(*values)
        bias = np.array(bias) * 1e9
        axes.plot(times, bias - bias[0], linewidth=0.8, label=satellite)
    axes.set(title=file["title"], xlabel="GPS time", ylabel="clock since the first epoch [ns]")
    axes.legend(fontsize=7, ncols=2, loc="center left", bbox_to_anchor=(1, 0.5))


show_each(files_of("rinex-clock"), show_clocks)

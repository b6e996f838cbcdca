# %% [markdown]
# ### Rotation of Earth

# %%
def show_rotation(path, file):
    # Lines that begin with a modified Julian date; IGS ERP version 2 states the units above them.
    rows = [line.split() for line in lines_of(path)]
    rows = [[float(word) for word in words[:5]] for words in rows
            if len(words) > 5 and words[0].replace(".", "", 1).isdigit() and float(words[0]) > 40000]
    if not rows:
        raise ValueError("no line begins with a modified Julian date")
    mjd, x, y, ut1, lod = np.array(rows).T
    print(f"  {len(rows)} days from MJD {mjd[0]:.1f}; pole at {x[0] / 1e6:.6f}, {y[0] / 1e6:.6f} arcsec, "
          f"length of day {lod[0] / 1e4:+.4f} ms")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    left.plot(x / 1e6, y / 1e6, "o-")
    left.annotate(f"MJD {mjd[0]:.1f}", (x[0] / 1e6, y[0] / 1e6))
    left.set(title="pole", xlabel="x [arcsec]", ylabel="y [arcsec]")
    right.plot(mjd, lod / 1e4, "o-")
    right.set(title="length of day beyond 86,400 s", xlabel="MJD", ylabel="ms")
    figure.suptitle(file["title"])


show_each(files_of("igs-erp"), show_rotation)

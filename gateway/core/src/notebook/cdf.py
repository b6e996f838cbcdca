# %% [markdown]
# ## CDF files

# %%
import cdflib


def show_cdf(path, file):
    data = cdflib.CDF(path)
    names = data.cdf_info().zVariables + data.cdf_info().rVariables
    about = {name: data.varinq(name) for name in names}
    epochs = {name: cdflib.cdfepoch.to_datetime(data.varget(name)) for name in names
              if about[name].Data_Type_Description in ("CDF_EPOCH", "CDF_EPOCH16", "CDF_TIME_TT2000")}
    if not epochs:
        raise ValueError("no variable is a time")
    plotted = []
    for name in names:
        attributes = data.varattsget(name)
        records = about[name].Last_Rec + 1
        if name in epochs or "CHAR" in about[name].Data_Type_Description or records < 2:
            continue
        values = np.asarray(data.varget(name), dtype=float)
        fill = attributes.get("FILLVAL")
        if fill is not None:
            values[values == float(np.ravel(fill)[0])] = np.nan
        time = attributes.get("DEPEND_0") or next(
            (key for key, value in epochs.items() if len(value) == records), None)
        unit = str(attributes.get("UNITS", "")).strip()
        first = ", ".join(f"{value:.2f}" if abs(value) < 1e6 else f"{value:.6g}"
                          for value in np.ravel(values[0])[:3])
        print(f"  {name}: {records} records, first {first} {unit}")
        if time in epochs and attributes.get("VAR_TYPE", "data") == "data" and values.ndim < 3:
            plotted.append((name, epochs[time], values, unit))
    if not plotted:
        raise ValueError("no variable depends on a time")
    plotted = plotted[:6]
    figure, panels = plt.subplots(len(plotted), 1, figsize=(10, 1 + 2.2 * len(plotted)), sharex=True,
                                  squeeze=False)
    for panel, (name, time, values, unit) in zip(panels[:, 0], plotted):
        # Counts in many channels are mostly noise from one record to the next: means of some.
        together = len(values) // 500
        if values.ndim == 2 and values.shape[1] > 4 and together > 1:
            kept = len(values) // together * together
            values = values[:kept].reshape(-1, together, values.shape[1]).mean(axis=1)
            time = time[:kept:together]
            print(f"  {name} is plotted as means of {together} records")
        panel.plot(time, values, linewidth=0.8)
        positive = values[np.isfinite(values) & (values > 0)]
        if positive.size and positive.max() > 1000 * np.median(positive):
            panel.set_yscale("log")
        elif values.ndim == 2 and values.shape[1] > 4:
            panel.set_yscale("symlog")
        panel.set_ylabel(f"{name}\n[{unit}]" if unit else name, fontsize=8)
        if values.ndim == 2 and values.shape[1] <= 4:
            panel.legend([f"{name}[{i}]" for i in range(values.shape[1])], fontsize=7, loc="upper right")
    panels[-1, 0].tick_params(axis="x", rotation=20)
    figure.suptitle(file["title"])


show_each(files_of("cdf"), show_cdf)

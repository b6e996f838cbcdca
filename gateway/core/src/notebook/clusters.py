# %% [markdown]
# ### Clusters of stars
#
# Stars of a cluster move together and are equally far: HDBSCAN looks for crowds in parallax and
# proper motion. Each axis is divided by about the width of a nearby open cluster, so that the
# three count alike; that and the smallest crowd are choices, and other choices give other members.
# In a published sample of members the crowds are where others found them before.

# %%
from sklearn.cluster import HDBSCAN

WIDTHS = np.array([0.5, 1.5, 1.5])   # mas, mas/yr, mas/yr


def show_clusters(path, file):
    table = tables[file["path"]]
    names = (name_of(table, "parallax", "plx"), name_of(table, "pmra", "pm_ra"),
             name_of(table, "pmdec", "pmde", "pm_de"))
    motion = np.column_stack([numbers(table, name) for name in names])
    complete = np.isfinite(motion).all(axis=1)
    motion = motion[complete]
    if len(motion) < 2000:
        print(f"  {len(motion)} stars have parallax and proper motion: too few to tell a crowd from chance")
        return
    features = (motion - np.median(motion, axis=0)) / WIDTHS
    smallest = max(20, len(motion) // 55)
    label = HDBSCAN(min_cluster_size=smallest, min_samples=10, copy=True).fit_predict(features)
    clusters = sorted(set(label) - {-1}, key=lambda number: -np.sum(label == number))
    print(f"  {len(clusters)} clusters among {len(motion)} stars with parallax and proper motion; "
          f"{np.sum(label == -1)} stars in none")
    known = name_of(table, "cluster", "group", "association")
    names_of = np.asarray(table[known])[complete].astype(str) if known else None

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.5))
    left.plot(*motion[label == -1, 1:].T, ",", color="gray")
    right.plot(*motion[label == -1, :2][:, ::-1].T, ",", color="gray")
    for number in clusters[:20]:
        members = motion[label == number]
        words = f"{len(members)} stars"
        if known:
            found, counts = np.unique(names_of[label == number], return_counts=True)
            name = found[counts.argmax()].strip()
            words = f"{name}: {len(members)} stars, {counts.max()} of them listed as {name}"
        parallax = np.median(members[:, 0])
        print(f"    {words}; parallax {parallax:.2f} mas, about {1000 / parallax:.0f} pc")
        left.plot(members[:, 1], members[:, 2], ".", markersize=3, label=words.split(",")[0])
        right.plot(members[:, 1], members[:, 0], ".", markersize=3)
    middle = np.median(motion, axis=0)
    reach = np.maximum(np.abs(motion[label != -1] - middle).max(axis=0, initial=1.0) * 1.2, 1.0)
    left.set(xlim=(middle[1] - reach[1], middle[1] + reach[1]),
             ylim=(middle[2] - reach[2], middle[2] + reach[2]),
             xlabel=f"{names[1]} [mas/yr]", ylabel=f"{names[2]} [mas/yr]", title="proper motion")
    right.set(xlim=left.get_xlim(), ylim=(0, middle[0] + reach[0]),
              xlabel=f"{names[1]} [mas/yr]", ylabel=f"{names[0]} [mas]", title="parallax")
    if clusters:
        left.legend(markerscale=3, fontsize="small")
    figure.suptitle(file["title"])


def has_motion(table):
    return all(name_of(table, *names) for names in
               (("parallax", "plx"), ("pmra", "pm_ra"), ("pmdec", "pmde", "pm_de")))


moving = [file for file in FILES if file["path"] in tables and has_motion(tables[file["path"]])]
show_each(moving, show_clusters)

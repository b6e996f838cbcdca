# %% [markdown]
# ## Images of planets
#
# VICAR: a label of `KEY=value` words says how the rows of pixels follow it.

# %%
import re


def show_vicar(path, file):
    content = unpacked(path)
    label = content[:content.find(b"\0")].decode("ascii", "replace")
    words = dict(re.findall(r"(\w+)=('[^']*'|\([^)]*\)|\S+)", label))
    if "LBLSIZE" not in words:
        raise ValueError("it does not begin with a VICAR label (LBLSIZE)")
    kinds = {"BYTE": "u1", "HALF": "i2", "FULL": "i4", "REAL": "f4"}
    order = "<" if words.get("INTFMT", "'LOW'") == "'LOW'" else ">"
    kind = np.dtype(order + kinds[words["FORMAT"].strip("'")])
    lines, samples, record = int(words["NL"]), int(words["NS"]), int(words["RECSIZE"])
    before, prefix = int(words.get("NLB", 0)), int(words.get("NBB", 0))
    start = int(words["LBLSIZE"]) + before * record
    rows = np.frombuffer(content, "u1", lines * record, start).reshape(lines, record)
    pixels = rows[:, prefix:prefix + samples * kind.itemsize].copy().view(kind)
    print(f"  {samples} x {lines} pixels; mission {words.get('MISSION', 'not stated')}, "
          f"target {words.get('TARGET', 'not stated')}")
    axes = plt.figure(figsize=(7, 7)).add_subplot()
    lowest, highest = np.percentile(pixels, [0.5, 99.5])
    axes.imshow(pixels, origin="upper", cmap="gray", vmin=lowest, vmax=highest)
    axes.set_title(file["title"], wrap=True)


show_each(files_of("pds3-image"), show_vicar)

# %% [markdown]
# ## Pictures

# %%
from PIL import Image


def show_picture(path, file):
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
    print(f"  {pixels.shape[1]} x {pixels.shape[0]} pixels, {pixels.dtype}")
    axes = plt.figure(figsize=(7, 7)).add_subplot()
    if pixels.ndim == 2:
        lowest, highest = np.percentile(pixels, [1, 99.5])
        axes.imshow(pixels, origin="upper", cmap="gray", vmin=lowest, vmax=highest)
    else:
        axes.imshow(pixels, origin="upper")
    axes.set_title(file["title"], wrap=True)


show_each(files_of("png", "jpeg", "gif", "tiff", "jpeg2000"), show_picture)

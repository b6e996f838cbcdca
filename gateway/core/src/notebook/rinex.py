# %% [markdown]
# ## GNSS

# %%
import warnings

import georinex

# georinex speaks to an older xarray; what it is warned of does not concern the reader.
warnings.filterwarnings("ignore", category=FutureWarning, module="georinex")
warnings.filterwarnings("ignore", category=RuntimeWarning, message="Mean of empty slice")
warnings.filterwarnings("ignore", category=RuntimeWarning, message="invalid value encountered")


def two_panels(satellites):
    """A figure that is as high as one row for each satellite needs, with their names."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, max(5, 0.15 * len(satellites))))
    left.set_yticks(range(len(satellites)), labels=satellites, fontsize=7)
    left.set_ylabel("satellite")
    return figure, left, right


def name_lines(axes, satellites):
    """A legend beside the axes, where there is room for one."""
    if len(satellites) <= 60:
        axes.legend(fontsize=7, ncols=2, loc="center left", bbox_to_anchor=(1, 0.5))

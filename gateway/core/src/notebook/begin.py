# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from astropy.table import Table

# The volumes of this lab. They are read-only; write beside this notebook.
DATA = Path(os.environ.get("ARCHWAY_DATA", "/data"))

# How many files of one kind are plotted. Raise it to see more.
MOST = 12

plt.rcParams.update({
    "figure.figsize": (9, 4.5),
    "figure.constrained_layout.use": True,
    "image.origin": "lower",
    "axes.grid": False,
})

# %% [markdown]
# ## No files
#
# The volumes of this lab hold no files yet. What you put below `DATA` can be read like this:

# %%
for path in sorted(DATA.rglob("*"))[:20]:
    print(path)

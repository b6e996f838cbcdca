# %% [markdown]
# ## What came of it

# %%
outcome = Table(
    rows=[(Path(file["path"]).name[-60:], file["outcome"][:90]) for file in FILES],
    names=("file", "outcome"),
)
outcome.pprint(max_lines=60, max_width=-1, align="<")
print(f"\n{sum(file['outcome'] == 'read' for file in FILES)} of {len(FILES)} files were read.")

# %% [markdown]
# ## netCDF files

# %%
import xarray


def show_netcdf(path, file):
    with xarray.open_dataset(path) as data:
        print(data)
        numeric = [name for name in data.data_vars
                   if data[name].dtype.kind in "fiu" and 1 <= data[name].squeeze().ndim <= 2]
        if numeric:
            data[numeric[0]].squeeze().plot()
            plt.title(file["title"], wrap=True)


show_each(files_of("netcdf", "hdf5"), show_netcdf)

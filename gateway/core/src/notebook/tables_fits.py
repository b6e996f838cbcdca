# %%
def show_fits_table(path, file):
    show_table(path, file, Table.read(path, format="fits", hdu=file["hdu"], unit_parse_strict="silent"))


show_each(fits_of("table"), show_fits_table)

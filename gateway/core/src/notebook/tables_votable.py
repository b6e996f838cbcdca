# %%
from astropy.io.votable import parse as parse_votable


def show_votable(path, file):
    document = parse_votable(path, verify="ignore")
    found = list(document.iter_tables())
    print(f"  {len(found)} table{'' if len(found) == 1 else 's'} in this VOTable")
    for part in found[:3]:
        show_table(path, file, part.to_table(use_names_over_ids=True))
        plt.show()


show_each(files_of("votable"), show_votable)

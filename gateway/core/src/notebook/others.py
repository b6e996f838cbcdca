# %% [markdown]
# ## Other files

# %%
import tarfile
import zipfile


def show_beginning(path, file):
    if file["format"] == "tar":
        with tarfile.open(path) as archive:
            for member, _ in zip(archive, range(20)):
                print(f"  {member.name}, {member.size} bytes")
        return
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist()[:20]:
                print(f"  {member.filename}, {member.file_size} bytes")
        return
    beginning = unpacked(path)[:1500]
    if b"\0" in beginning:
        print(f"  {path.stat().st_size} bytes that are no text; this notebook has no reader for "
              f"{file['format'] or 'them'}")
        return
    for line in beginning.decode("utf-8", "replace").splitlines()[:15]:
        print(f"  {line[:120]}")


show_each([file for file in FILES if file["outcome"] == "not looked at"], show_beginning)

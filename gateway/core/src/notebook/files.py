# %%
for file in FILES:
    file["there"] = (DATA / file["path"]).is_file()
    file["outcome"] = "not looked at" if file["there"] else "not in the volume"

print(f"{sum(file['there'] for file in FILES)} of {len(FILES)} files are there.")
listing = Table(
    rows=[(Path(file["path"]).name, file["format"], file["type"], file["title"]) for file in FILES],
    names=("file", "format", "type", "title"),
)
listing.pprint(max_lines=40, max_width=150, align="<")


def files_of(*formats):
    """The files of these formats that are there."""
    return [file for file in FILES if file["there"] and file["format"] in formats]


def show_each(files, show):
    """Calls show(path, file) for each; a file that cannot be read is a sentence, no end."""
    if not files:
        print("None of the files is one.")
    for file in files[:MOST]:
        path = DATA / file["path"]
        print(f"\n{file['title']}\n  {path.name}")
        try:
            show(path, file)
            plt.show()
            file["outcome"] = "read"
        except Exception as problem:
            plt.close("all")
            reason = str(problem).strip().split("\n")[0] or "no reason given"
            file["outcome"] = f"could not be read: {reason}"
            print(f"  This file could not be read ({type(problem).__name__}: {reason}).")
    for file in files[MOST:]:
        file["outcome"] = "not shown: raise MOST to see it"
    if len(files) > MOST:
        print(f"\n{len(files) - MOST} more are not shown; raise MOST to see them.")

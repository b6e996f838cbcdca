# %%
import bz2
import gzip


def unpacked(path):
    """The bytes of a file, without the gzip, bzip2 or compress around them."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:3] == b"BZh":
        return bz2.decompress(content)
    if content[:2] == b"\x1f\x9d":
        import ncompress
        return ncompress.decompress(content)
    return content


def lines_of(path):
    return unpacked(path).decode("utf-8", "replace").splitlines()

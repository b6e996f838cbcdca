"""Runs a notebook from top to bottom: run.py MADE RAN; the first cell that fails is an error."""

import sys

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

made, ran = sys.argv[1:]
notebook = nbformat.read(made, as_version=4)
nbformat.validate(notebook)
# Over a socket in a file: nothing here listens on a port.
manager = AsyncKernelManager(kernel_name="python3", transport="ipc")
NotebookClient(notebook, km=manager, timeout=300).execute()
nbformat.write(notebook, ran)

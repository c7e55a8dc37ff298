"""Flips one bit of the stored copy of a small file, as a failing disk would.

    flip_bit.py STORE FILE
"""
import pathlib
import sys

content = pathlib.Path(sys.argv[2]).read_bytes()
for file in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    if file.is_file() and content in file.read_bytes():
        stored = bytearray(file.read_bytes())
        stored[stored.index(content)] ^= 1
        file.chmod(0o644)
        file.write_bytes(stored)
        sys.exit(0)
sys.exit("no file of the store holds it as it is")

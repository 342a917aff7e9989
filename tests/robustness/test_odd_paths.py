"""`matte` and names, links, special files and places to write that are out of the ordinary."""

import contextlib
import os
import resource
import socket

import numpy as np
import pytest
from PIL import Image

from helpers.odd_pictures import ALPHA, PHOTO, TRIMAP, saved


@pytest.fixture(autouse=True)
def _sound_pair(tmp_path, quick_network):
    saved(PHOTO)(tmp_path / "photo.png")
    saved(TRIMAP)(tmp_path / "trimap.png")


def link_to(target):
    return lambda path: path.symlink_to(target)


def link_to_itself(path):
    path.symlink_to(path)


def socket_at(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))


def copy(path):
    saved(PHOTO)(path)


def nothing(path):
    """There is no such file."""


LONG = "x" * 300 + ".png"

# Name of the case, the photo's name, what is there, and what the one line says.
REFUSED_PHOTOS = [
    ("missing", "none.png", nothing, "none.png: no such file"),
    ("empty name", "", nothing, "expected a folder, as . is"),
    ("too long a name", LONG, nothing, "File name too long"),
    ("line break in the name", "a\nb.png", nothing, "a b.png: no such file"),
    ("no valid text as a name", os.fsdecode(b"caf\xe9.png"), nothing, "caf\\udce9.png: no such file"),
    ("link to nothing", "link.png", link_to("gone.png"), "link.png: no such file"),
    ("link to itself", "link.png", link_to_itself, "link.png: cannot be read (Too many levels of symbolic links)"),
    ("link to a folder", "link", link_to("."), "trimap.png: expected a folder, as link is"),
    ("below a file", "photo.png/cat.png", nothing, "Not a directory"),
    ("named pipe", "pipe", os.mkfifo, "pipe: is not a regular file; save the picture to disk first"),
    ("socket", "socket", socket_at, "socket: is not a regular file"),
    ("device", "/dev/zero", nothing, "/dev/zero: is not a regular file"),
]


@pytest.mark.parametrize("name, make, message", [pytest.param(*case[1:], id=case[0]) for case in REFUSED_PHOTOS])
def test_a_photo_that_is_not_a_file_is_one_line(tmp_path, refused, name, make, message):
    make(tmp_path / name)
    refused([name, "trimap.png"], message)


# Name of the case, the output's name, what is there, and what the one line says.
REFUSED_OUTPUTS = [
    ("another format", "out.jpg", nothing, "out.jpg: the output must be a .png file"),
    ("missing folder", "none/out.png", nothing, "the folder none does not exist"),
    ("below a file", "photo.png/out.png", nothing, "photo.png"),
    ("too long a name", LONG, nothing, "File name too long"),
    ("device", "/dev/full", nothing, "/dev/full: the output must be a .png file"),
    ("where nothing can be written", "/proc/out.png", nothing, "/proc/out.png: cannot be written"),
    ("the photo", "photo.png", nothing, "photo.png: the output would overwrite the input"),
    ("the trimap by another way", "../{folder}/trimap.png", nothing, "would overwrite the input"),
    ("link to the photo", "out.png", link_to("photo.png"), "out.png: the output would overwrite the input"),
    ("hard link of the photo", "out.png", lambda path: os.link("photo.png", path), "would overwrite the input"),
]


@pytest.mark.parametrize("name, make, message", [pytest.param(*case[1:], id=case[0]) for case in REFUSED_OUTPUTS])
def test_an_impossible_output_is_one_line(tmp_path, monkeypatch, refused, name, make, message):
    monkeypatch.chdir(tmp_path)
    name = name.format(folder=tmp_path.name)
    make(tmp_path / name)
    refused(["photo.png", "trimap.png", "-o", name], message)


@pytest.mark.parametrize(
    "name",
    [
        "my cat.png",
        "猫 – chat.png",
        "-cat.png",
        ".png",
        "CAT.PNG",
        "cat",
        "a" * 240 + ".png",
        os.fsdecode(b"caf\xe9.png"),
    ],
    ids=["space", "unicode", "dash", "only a suffix", "capitals", "no suffix", "240 letters", "no valid text"],
)
def test_unusual_names_are_read_and_written(tmp_path, matte, name):
    copy(tmp_path / name)
    out = tmp_path / f"out {name}".removesuffix(".png").removesuffix(".PNG")
    out = out.with_name(out.name + ".PNG")
    code, _, error = matte(tmp_path / name, "trimap.png", "-o", out)
    assert (code, error) == (0, "")
    np.testing.assert_array_equal(np.asarray(Image.open(out)), ALPHA)


def test_links_to_pictures_are_followed_and_a_link_at_the_output_is_replaced(tmp_path, matte):
    os.symlink("photo.png", tmp_path / "a.png")
    os.symlink("trimap.png", tmp_path / "b.png")
    os.symlink("gone.png", tmp_path / "out.png")
    assert matte("a.png", "b.png", "-o", "out.png")[0] == 0
    assert not (tmp_path / "out.png").is_symlink() and not (tmp_path / "gone.png").exists()
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), ALPHA)


@contextlib.contextmanager
def largest_file(size):
    """No file can grow beyond this many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_earlier_picture(tmp_path, refused):
    saved(TRIMAP)(tmp_path / "out.png")
    before = (tmp_path / "out.png").read_bytes()
    with largest_file(50):
        refused(["photo.png", "trimap.png", "-o", "out.png"], "out.png: cannot be written (File too large)")
    assert (tmp_path / "out.png").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_missing_permissions_are_one_line(tmp_path, refused):
    (tmp_path / "photo.png").chmod(0)
    refused(["photo.png", "trimap.png"], "photo.png: may not be read; check its permissions")
    (tmp_path / "photo.png").chmod(0o600)
    tmp_path.chmod(0o500)
    try:
        refused(["photo.png", "trimap.png"], "photo_alpha.png: cannot be written (Permission denied)")
    finally:
        tmp_path.chmod(0o700)

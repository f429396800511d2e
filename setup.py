"""
How the room is packed.

The packages are listed by hand: ``twisted/plugins`` must come along, and must
not have an ``__init__.py`` (Twisted's own package is the one that has it).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT: Final = Path(__file__).resolve().parent


class BuildWithSite(build_py):
    """
    ``build_py`` that also puts the site, ``web/``, into the package.

    An editable install needs no copy: the site is found beside the package.
    """

    def run(self) -> None:
        """Build the packages, then lay the site anew."""
        super().run()
        if self.editable_mode:
            return
        site = Path(self.build_lib) / "chatroom" / "web"
        # build/ outlives a build: a file deleted from web/ would come back.
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(ROOT / "web", site, ignore=shutil.ignore_patterns(".*"))


setup(
    name="chatroom",
    version="0.1.0",
    description="An online chat room: one port, every browser since 2010, "
    "inside any Twisted program.",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="the chatroom authors",
    license="MIT AND Unicode-3.0",
    license_files=["LICENSE"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Environment :: Web Environment",
        "Framework :: Twisted",
        "Intended Audience :: Developers",
        "Intended Audience :: End Users/Desktop",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Topic :: Communications :: Chat",
        "Typing :: Typed",
    ],
    python_requires=">=3.11,<3.15",
    install_requires=[
        "twisted[tls]>=26.10",
        # A floor, not a taste: older ones have holes in decompression, and an
        # unpinned install can fall back to them.
        "autobahn[twisted]>=26.10.1",
        "msgspec>=0.22",
        "ifaddr>=0.2",
        # A floor again: it knows the scripts of Unicode 16, as Python 3.14 does.
        "regex>=2024.9.11",
        "segno>=1.6",
        "argon2-cffi>=25.1",
        "SQLAlchemy>=2.1",
        "alembic>=1.20",
        "prometheus-client>=0.22",
    ],
    extras_require={
        "test": [
            "axe-playwright-python",
            "coverage>=7.10",
            "hypothesis",
            "mypy",
            "mypy-zope",
            "playwright",
            "pytest>=9",
            "pytest-twisted",
            # Most end-to-end tests wait: two processes run them.
            "pytest-xdist",
            "ruff",
            "types-regex",
            # The wheel is built from what is at hand: its test downloads nothing.
            "setuptools>=77",
            "types-setuptools",
            # Reads the QR code of an invitation as a telephone would.
            "zxing-cpp",
        ],
    },
    # Exactly this makes an editable install a plain path entry, where Twisted
    # looks for plugins; with any other value it would not find ours.
    package_dir={"": "."},
    packages=[
        "chatroom",
        "chatroom.authenticators",
        "chatroom.codecs",
        "chatroom.dialects",
        "chatroom.histories",
        "chatroom.histories.migrations",
        "chatroom.histories.migrations.versions",
        "chatroom.operations",
        "twisted.plugins",
    ],
    package_data={"chatroom": ["py.typed"]},
    zip_safe=False,
    cmdclass={"build_py": BuildWithSite},
)

"""Questions in numbers over HTTP: asked, priced, repeated, read again, checked, refused."""

from __future__ import annotations

"""Photographs of pages, where somebody wants to look at them."""

from __future__ import annotations

import os


def photograph(page, name: str, *, whole: bool = True) -> None:
    if folder := os.environ.get("TETRAPHONE_SCREENSHOTS"):
        page.wait_for_timeout(500)
        page.screenshot(path=f"{folder}/{name}.png", full_page=whole)


def photograph_both(page, name: str) -> None:
    """By day and by night."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        photograph(page, f"{name}-{scheme}", whole=False)


async def photograph_async(page, name: str) -> None:
    """The same, of a page of the asynchronous interface."""
    if folder := os.environ.get("TETRAPHONE_SCREENSHOTS"):
        await page.wait_for_timeout(500)
        await page.screenshot(path=f"{folder}/{name}.png")

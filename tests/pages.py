"""A parsed page, and what every page owes its readers."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag


class Page:
    """A response with its parsed HTML."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.soup = BeautifulSoup(response.content, "lxml") if response.content else BeautifulSoup("", "lxml")

    @property
    def text(self) -> str:
        return " ".join(self.soup.get_text(" ").split())

    def one(self, selector: str) -> Tag:
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} elements for {selector}"
        return found[0]

    def all(self, selector: str) -> list[Tag]:
        return list(self.soup.select(selector))

    def check(self, status: int = 200) -> None:
        """Language, one h1, a title, labels, unique ids, form actions, nothing inline, nothing from elsewhere."""
        assert self.status == status, f"{self.status}, expected {status}"
        assert self.one("html").get("lang")
        assert len(self.all("h1")) == 1
        assert self.one("head > title").get_text(strip=True)
        ids = [tag["id"] for tag in self.all("[id]")]
        assert len(ids) == len(set(ids)), f"ids used twice: {sorted({i for i in ids if ids.count(i) > 1})}"
        self._check_labels()
        assert not self.all("[style], style, [onclick], [onchange], [onload], [onsubmit]"), "inline style or handler"
        inline = [tag for tag in self.all('script:not([type="application/json"])') if not tag.get("src")]
        assert not inline, "inline script"
        for tag in self.all("script[src], link[rel=stylesheet][href], img[src]"):
            assert str(tag.get("src") or tag.get("href")).startswith("/"), f"from elsewhere: {tag}"

    def _check_labels(self) -> None:
        labelled = {tag["for"] for tag in self.all("label[for]")}
        for tag in self.all("input:not([type=hidden]):not([type=submit]), select, textarea"):
            named = (
                tag.get("id") in labelled
                or tag.get("aria-label")
                or tag.get("aria-labelledby")
                or tag.find_parent("label")
            )
            assert named, f"no label: {tag}"

"""What is missing or built differently between the two languages of a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class Pairs(HTMLParser):
    """Collects each element with a language: (tag, language, text, tags inside)."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[dict] = []
        self._open: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        for outer in self._open:
            outer["inside"].append((tag, attributes.get("href")))
            outer["depth"] += tag == outer["tag"]
        if "lang" in attributes:
            entry = {"tag": tag, "lang": attributes["lang"], "text": "", "inside": [], "depth": 1}
            self.found.append(entry)
            self._open.append(entry)

    def handle_endtag(self, tag):
        for entry in list(self._open):
            if tag == entry["tag"]:
                entry["depth"] -= 1
                if not entry["depth"]:
                    self._open.remove(entry)

    def handle_data(self, data):
        for entry in self._open:
            entry["text"] += data


# What is the same word in both languages.
SAME = {"argmax"}


def language_faults(html: str) -> list[str]:
    """What is missing, alike by mistake, or built differently between the languages of a page."""
    found = Pairs(html).found
    faults = []
    english = [entry for entry in found if entry["lang"] == "en"]
    spanish = [entry for entry in found if entry["lang"] == "es"]
    if [entry["lang"] for entry in found] != ["en", "es"] * (len(found) // 2):
        faults.append("not in pairs")
    for one, other in zip(english, spanish, strict=False):
        if one["tag"] != other["tag"] or one["inside"] != other["inside"]:
            faults.append(f"built differently: {one['text'][:40]}")
        if not one["text"].strip() or not other["text"].strip():
            faults.append(f"empty: {one['text'][:40]}")
        if one["text"] == other["text"] and one["text"] not in SAME:
            faults.append(f"alike: {one['text'][:40]}")
        if re.findall(r"\d+", one["text"]) != re.findall(r"\d+", other["text"]):
            faults.append(f"other figures: {one['text'][:40]}")
    return faults

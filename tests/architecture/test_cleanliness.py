"""What must not stand in the tree."""

import re
import subprocess

from django.contrib import admin

from tests.architecture.source import ROOT

TEXT = re.compile(r"\.(py|md|toml|yaml|yml|txt|in|html|css|js|sh|json|sql)$|Makefile$|Dockerfile$|/run$")


def tracked_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


class TestTree:
    def test_names_nobodys_home_or_machine(self) -> None:
        place = re.compile(r"/(home/\w+|ro{2}t|w[o]rk)/")
        found = [n for n in tracked_files() if TEXT.search(n) and place.search((ROOT / n).read_text())]
        assert found == []

    def test_holds_no_private_key(self) -> None:
        found = [
            n for n in tracked_files() if TEXT.search(n) and "PRIVATE" + " KEY-----" in (ROOT / n).read_text()
        ]
        assert found == []

    def test_names_no_package_registry_host(self) -> None:
        hosts = re.compile("registry\\." + "npmjs|pypi\\." + "org/simple|files\\.python" + "hosted")
        found = [n for n in tracked_files() if TEXT.search(n) and hosts.search((ROOT / n).read_text())]
        assert found == []


class TestWords:
    def test_the_admin_names_many_in_right_english(self) -> None:
        plurals = [str(model._meta.verbose_name_plural) for model in admin.site._registry]
        assert [plural for plural in plurals if re.search(r"([^aeiou]ys|(s|x|ch)s)$", plural)] == []

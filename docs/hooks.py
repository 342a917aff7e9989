"""MkDocs hooks: pages from outside `docs/`, and links to files that are not part of the site."""

import posixpath
import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

#: Pages of the site whose source lies elsewhere in the repository.
PAGES = {
    "index.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "examples.md": "examples/README.md",
    "model_card.md": "hop_tf/weights/README.md",
    "fine_tuning.svg": "experiments/results/fine_tuning.svg",
    "latency.svg": "benchmarks/results/hop_s_9x9/latency.svg",
}
SITE_OF = {source: page for page, source in PAGES.items()}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for page, source in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=_absolute(config, source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point every relative link at a page of the site, or at the repository, if it has an address."""
    here = page.file.src_uri
    source = PAGES.get(here, f"docs/{here}")

    def replace(match: re.Match[str]) -> str:
        image, text, address = match.groups()
        if re.match(r"[a-z]+:|#", address):
            return match[0]
        path, hash, anchor = address.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        site = SITE_OF.get(target) or target.removeprefix("docs/")
        if target in SITE_OF or target.startswith("docs/"):
            return f"{image}[{text}]({posixpath.relpath(site, posixpath.dirname(here) or '.')}{hash}{anchor})"
        if config.repo_url:
            return f"{image}[{text}]({config.repo_url.rstrip('/')}/blob/main/{target}{hash}{anchor})"
        return text if text.strip("`") == target else f"{text} (`{target}`)"

    return LINK.sub(replace, markdown)


def _absolute(config: MkDocsConfig, source: str) -> str:
    return posixpath.join(posixpath.dirname(config.config_file_path), source)

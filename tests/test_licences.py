"""No GPL Python code in the default install."""

import importlib.metadata
import re

# Named by their classifiers although the code is not: see docs/licences.md.
EXPLAINED = {"docutils"}


def licence_of(distribution: importlib.metadata.Distribution) -> str:
    metadata = distribution.metadata
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = [one for one in metadata.get_all("Classifier") or [] if one.startswith("License ::")]
    return "; ".join(classifiers) or str(metadata.get("License") or "")[:200]


def test_no_installed_package_is_under_the_gpl():
    found = {}
    for distribution in importlib.metadata.distributions():
        name, licence = distribution.metadata["Name"], licence_of(distribution)
        gpl = re.search(r"(?<![LlA-Za-z])A?GPL|(?<!Lesser )General Public License", licence)
        if gpl and "LGPL" not in licence and "Lesser" not in licence and name not in EXPLAINED:
            found[name] = licence
    assert not found

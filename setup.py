"""The distribution `aks-invoke-fix`; declared here because the Azure CLI's extension tooling reads setup.py."""

from __future__ import annotations

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

VERSION = "1.0.0b1"

STATUS = "Development Status :: 4 - Beta" if "b" in VERSION else "Development Status :: 5 - Production/Stable"

SUMMARY = (
    "Run commands in an AKS cluster with the true exit code, and diagnose and repair failures of "
    "`az aks command invoke`."
)

setup(
    name="aks-invoke-fix",
    version=VERSION,
    description=SUMMARY,
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    author="The aks-invoke-fix authors",
    url="https://github.com/Azure/aks-invoke-fix",
    project_urls={
        "Documentation": "https://github.com/Azure/aks-invoke-fix/blob/main/docs/findings.md",
        "Changelog": "https://github.com/Azure/aks-invoke-fix/blob/main/HISTORY.rst",
        "Issues": "https://github.com/Azure/aks-invoke-fix/issues",
    },
    classifiers=[
        STATUS,
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Intended Audience :: System Administrators",
        "Programming Language :: Python :: 3",
    ],
    python_requires=">=3.9",
    packages=find_packages(include=["azext_aksinvokefix", "azext_aksinvokefix.*"]),
    package_data={
        "azext_aksinvokefix": [
            "azext_metadata.json",
            "invoke/wrapper/run.sh",
            "policy/builtin_policies.json",
            "report/page.css",
        ],
    },
    # The CLI's copies always win on the import path: listing them would cost an install 16 MB and change nothing.
    install_requires=[],
)

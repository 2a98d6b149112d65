#!/bin/bash
# Makes the files of this folder with the tools of their time. usage: make.sh TARGET-FOLDER
#
# It wants Python 2.7, 3.6, 3.8 and 3.11 from pyenv, and a package index. Tests read what is committed and do not run it.
set -eu
target=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# python VERSION TOOLS… COMMAND: a fresh environment of that Python with those tools, then the command in a fresh project.
environment() {
  local python=$1
  shift
  local place="$work/tools-$python-$(echo "$*" | tr -c 'a-z0-9.\n' '_')"
  if [ ! -d "$place" ]; then
    "$HOME/.pyenv/versions/$python/bin/python" -m pip install -q --no-deps --target "$place" "$@" 2>/dev/null
  fi
  echo "$place"
}

# A project with a setup.py of these arguments.
setup_project() {
  rm -rf "$work/project" && mkdir -p "$work/project" && cd "$work/project"
  echo "VALUE = 1" >old_demo.py
  printf 'from %s import setup\nsetup(%s, py_modules=["old_demo"], author="A. Maker", author_email="a@example.org", url="https://example.org", description="Made by old tools")\n' "$1" "$2" >setup.py
}

setup_run() { # PYTHON FORMATS… with $tools on the path
  local python=$1
  shift
  PYTHONPATH=$tools "$HOME/.pyenv/versions/$python/bin/python" setup.py -q "$@" --dist-dir "$target" >/dev/null 2>&1
}

tools=
# Metadata 1.0 and 1.1: distutils alone, which normalises neither the name nor the version.
setup_project distutils.core 'name="Old.Demo", version="1.0.RC1"'
setup_run 2.7.18 sdist --formats=gztar
setup_project distutils.core 'name="old-demo", version="1.1", classifiers=["Programming Language :: Python"]'
setup_run 3.6.15 sdist --formats=gztar,zip

# Metadata 1.2 in the sdist, 2.0 in the wheel.
tools=$(environment 2.7.18 setuptools==38.5.1 wheel==0.29.0)
setup_project setuptools 'name="Old_Demo", version="1.2", python_requires=">=2.7", install_requires=["six>=1.0"], extras_require={"x": ["six"]}'
setup_run 2.7.18 sdist --formats=gztar
setup_run 2.7.18 bdist_wheel

# Metadata 2.1, an epoch and a local version.
tools=$(environment 3.6.15 setuptools==40.6.3 wheel==0.32.3)
setup_project setuptools 'name="old-demo", version="1!2.1+local.7", python_requires=">=3.6", extras_require={"x": ["six"]}, long_description="# Demo", long_description_content_type="text/markdown"'
setup_run 3.6.15 sdist --formats=gztar
setup_run 3.6.15 bdist_wheel

# Metadata 2.1 with License-File, which only 2.4 has.
tools=$(environment 3.8.18 setuptools==65.5.1 wheel==0.38.4)
setup_project setuptools 'name="old-demo", version="2.1.1", license="MIT", license_files=["LICENSE"]'
echo MIT >LICENSE
setup_run 3.8.18 sdist --formats=gztar
setup_run 3.8.18 bdist_wheel

# Metadata 2.2 to 2.5 by hatchling, which writes any of them.
for number in 2.2 2.3 2.4 2.5; do
  tools=$(environment 3.11.7 hatchling==1.33.0 packaging pathspec pluggy trove-classifiers)
  rm -rf "$work/project" && mkdir -p "$work/project" && cd "$work/project"
  echo "VALUE = 1" >old_demo.py
  printf '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "old-demo"\nversion = "%s"\ndescription = "Made by hatchling"\n[tool.hatch.build.targets.sdist]\ncore-metadata-version = "%s"\n[tool.hatch.build.targets.wheel]\ncore-metadata-version = "%s"\n' "3.$number" "$number" "$number" >pyproject.toml
  PYTHONPATH=$tools "$HOME/.pyenv/versions/3.11.7/bin/python" -m hatchling build -d "$target" >/dev/null
done

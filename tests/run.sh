#!/usr/bin/env bash
# Installs what tests need, builds, and runs all tests: cheap ones first, so that a failure shows early.
#   tests/run.sh [--release]     then all of it once more with what users install
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  "" | --release) ;;
  *) echo "usage: tests/run.sh [--release]" >&2; exit 2 ;;
esac

.ci/setup --tests
python=$(examples/python examples/quickstart/requirements.txt)
export MLO_TEST_PYTHON=$python
MLO_TEST_INTEROP_PYTHON=$(examples/python tests/interop/requirements.txt)
export MLO_TEST_INTEROP_PYTHON
MLO_TEST_MLFLOW_PYTHON=$(examples/python tests/interop/mlflow-requirements.txt)
export MLO_TEST_MLFLOW_PYTHON
MLO_TEST_MLFLOW_OLDER_PYTHON=$(examples/python tests/interop/mlflow-older-requirements.txt)
export MLO_TEST_MLFLOW_OLDER_PYTHON
MLO_TEST_EVIDENTLY_PYTHON=$(examples/python tests/interop/evidently-requirements.txt)
export MLO_TEST_EVIDENTLY_PYTHON
MLO_TEST_NANNYML_PYTHON=$(examples/python tests/interop/nannyml-requirements.txt)
export MLO_TEST_NANNYML_PYTHON
# Tests that run a model must find the runtime, not skip for want of it.
export MLO_TEST_REQUIRE_ENGINES=1
MLO_ONNXRUNTIME=$(ls "$(dirname "$python")"/../lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so.*)
export MLO_ONNXRUNTIME

cmake --preset dev
cmake --build --preset dev
ctest --preset dev -L 'tidy|unit'
ctest --preset dev -LE 'tidy|unit|quickstart'
ctest --preset dev -L quickstart

if [ "${1:-}" = --release ]; then
  cmake --preset release-tests
  cmake --build --preset release-tests
  ctest --preset release-tests -LE 'tidy|quickstart'
  examples/quickstart.sh
fi

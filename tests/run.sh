#!/usr/bin/env bash
# Installs what tests need, builds, and runs all tests: cheap ones first, so that a failure shows early.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/setup --tests
python=$(examples/python examples/quickstart/requirements.txt)
export MLO_TEST_PYTHON=$python
# Tests that run a model must find the runtime, not skip for want of it.
export MLO_TEST_REQUIRE_ENGINES=1
MLO_ONNXRUNTIME=$(ls "$(dirname "$python")"/../lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so.*)
export MLO_ONNXRUNTIME

cmake --preset dev
cmake --build --preset dev
ctest --preset dev -L 'tidy|unit'
ctest --preset dev -LE 'tidy|unit|quickstart'

# The README's first command, as it is written there: a release build and the whole loop.
examples/quickstart.sh

ctest --preset dev -L quickstart

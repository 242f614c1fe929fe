# SPDX-License-Identifier: Apache-2.0
"""Generators and judge of the scenario catalogue (tools/eval/scenarios)."""
